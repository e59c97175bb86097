package io.netspan.receiver.net;

/**
 * Both ends of a connection, as one of them sees it. This is a view, so that no object is created
 * per event; {@link Ends} holds the same values as a key.
 */
public interface SocketEnds {

  /** The inode of the network namespace. */
  int netns();

  /** False for IPv4, a v4-mapped IPv6 socket included. */
  boolean isIpv6();

  /** Our port; 0: not chosen yet. */
  int localPort();

  /** The other end's port; 0 of a listener. */
  int peerPort();

  /** The first eight bytes of our address as a big-endian number; IPv4 in its upper half. */
  long localHigh();

  long localLow();

  /** As {@link #localHigh()}, of the other end. */
  long peerHigh();

  long peerLow();

  /** Our address as text. */
  default String localText() {
    return Address.text(isIpv6(), localHigh(), localLow());
  }

  /** The other end's address as text. */
  default String peerText() {
    return Address.text(isIpv6(), peerHigh(), peerLow());
  }

  /** Whether the other end is on this machine, in our network namespace: 127.0.0.0/8 or ::1. */
  default boolean isPeerLoopback() {
    return isIpv6() ? peerHigh() == 0 && peerLow() == 1 : peerHigh() >>> 56 == 127;
  }

  /** Whether our address is known; a socket that was never bound has none. */
  default boolean hasLocalAddress() {
    return (localHigh() | localLow()) != 0;
  }
}
