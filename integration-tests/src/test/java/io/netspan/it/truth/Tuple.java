package io.netspan.it.truth;

/** What tells connection sides apart at one time. */
record Tuple(
    long netns,
    boolean client,
    String transport,
    String localAddress,
    long localPort,
    String peerAddress,
    long peerPort) {

  /** The other side's. */
  Tuple reversed(long peerNetns) {
    return new Tuple(peerNetns, !client, transport, peerAddress, peerPort, localAddress, localPort);
  }

  /** Of all those with this peer. */
  Tuple withoutLocal() {
    return new Tuple(netns, client, transport, "", 0, peerAddress, peerPort);
  }
}
