package io.netspan.receiver.net;

/** Both ends of a connection, as one of them sees it. */
public interface Tuple {

  /** The inode of the network namespace. */
  int netNs();

  /** False for IPv4, a v4-mapped IPv6 socket included. */
  boolean isIpv6();

  /** Our port; 0: not chosen yet. */
  int sport();

  /** The other end's port; 0 of a listener. */
  int dport();

  /** The first eight bytes of our address as a big-endian number; IPv4 in its upper half. */
  long saddrHigh();

  long saddrLow();

  /** As {@link #saddrHigh()}, of the other end. */
  long daddrHigh();

  long daddrLow();
}
