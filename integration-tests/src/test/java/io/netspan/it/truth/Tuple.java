package io.netspan.it.truth;

/** The key that distinguishes connection sides that exist at the same time. */
record Tuple(
    long netns,
    boolean client,
    String transport,
    String localAddress,
    long localPort,
    String peerAddress,
    long peerPort) {

  /** Returns the tuple of the other side. */
  Tuple reversed(long peerNetns) {
    return new Tuple(peerNetns, !client, transport, peerAddress, peerPort, localAddress, localPort);
  }

  /** Returns the common key of all sides with this peer. */
  Tuple withoutLocal() {
    return new Tuple(netns, client, transport, "", 0, peerAddress, peerPort);
  }
}
