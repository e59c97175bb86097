package io.netspan.receiver.net;

/**
 * Both ends of a connection, as a key.
 *
 * @param netns the inode of the network namespace
 */
public record Ends(int netns, Endpoint local, Endpoint peer) implements SocketEnds {

  /** The ends that a socket has now. */
  public static Ends of(SocketEnds view) {
    return new Ends(
        view.netns(),
        new Endpoint(
            new Address(view.isIpv6(), view.localHigh(), view.localLow()), view.localPort()),
        new Endpoint(new Address(view.isIpv6(), view.peerHigh(), view.peerLow()), view.peerPort()));
  }

  /**
   * The same ends without the local one, for a socket that is connecting: its port is chosen later.
   */
  public Ends withoutLocal() {
    return new Ends(netns, new Endpoint(new Address(local.address().ipv6(), 0, 0), 0), peer);
  }

  /** The same connection as the other end sees it. */
  public Ends seenFromTheOther() {
    return new Ends(netns, /* local= */ peer, /* peer= */ local);
  }

  @Override
  public boolean isIpv6() {
    return peer.address().ipv6();
  }

  @Override
  public int localPort() {
    return local.port();
  }

  @Override
  public int peerPort() {
    return peer.port();
  }

  @Override
  public long localHigh() {
    return local.address().high();
  }

  @Override
  public long localLow() {
    return local.address().low();
  }

  @Override
  public long peerHigh() {
    return peer.address().high();
  }

  @Override
  public long peerLow() {
    return peer.address().low();
  }
}
