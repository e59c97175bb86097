package io.netspan.receiver.net;

/**
 * Both ends of a connection, as a key.
 *
 * @param netns the inode of the network namespace
 */
public record Ends(int netns, Endpoint local, Endpoint peer) {

  /** The ends that a socket has now. */
  public static Ends of(SocketEnds view) {
    return new Ends(
        view.netns(),
        new Endpoint(
            new Address(view.isIpv6(), view.localHigh(), view.localLow()), view.localPort()),
        new Endpoint(new Address(view.isIpv6(), view.peerHigh(), view.peerLow()), view.peerPort()));
  }

  /** The same without a local end, as while a socket connects: its port is chosen later. */
  public Ends withoutLocal() {
    return new Ends(netns, new Endpoint(new Address(local.address().ipv6(), 0, 0), 0), peer);
  }

  /** The same as the other end sees them. */
  public Ends seenFromTheOther() {
    return new Ends(netns, /* local= */ peer, /* peer= */ local);
  }
}
