package io.netspan.receiver.net;

/** A TCP socket as a pass found it: a listener's, or one side of a connection. Lent for a call. */
public interface SocketFacts extends SocketEnds, SubflowFacts {

  /** CLOCK_BOOTTIME ns, not later than the moment at which the socket was read. */
  long timeNs();

  /**
   * Identifies the socket while it exists; a later socket can have the same value. Never leaves the
   * process.
   */
  long sk();

  /** The kernel's state, {@code TCP_ESTABLISHED} and so on. */
  int state();

  /** Whether the socket's own state shows that a listener accepted it; false proves nothing. */
  boolean isAccepted();

  /** Index of the network device that the socket is bound to, as its listener is; 0: none. */
  int device();

  /** Whether the socket is an IPv6 listener that accepts no IPv4. */
  boolean isV6Only();

  /** A process that has a descriptor of it, in the initial pid namespace; 0: none known. */
  int tgid();

  /** Start of that process: CLOCK_BOOTTIME ns of its leader. */
  long startTime();

  /** Whether {@link #localIsn()} and {@link #remoteIsn()} are known. */
  boolean hasIsns();

  /** {@code snd_una - bytes_acked}. */
  int localIsn();

  /** {@code rcv_nxt - bytes_received}. */
  int remoteIsn();

  /**
   * 1 if the socket sent a SYN, so it connected; 0 if it did not, so it was accepted; -1 if not
   * known.
   */
  int synsSent();

  /**
   * Payload bytes sent until now, each counted once.
   *
   * @param synsSent 1 if the socket sent a SYN, 0 if it was accepted
   */
  long payloadSent(int synsSent);

  /** Payload bytes received until now. */
  long payloadReceived();

  /**
   * Nanoseconds since payload was last sent or received, or since the connection was established;
   * -1 if not known. The resolution is a few milliseconds.
   */
  long quietNs();

  /** Segments sent. */
  int segsOut();

  /** Segments received. */
  int segsIn();

  /** Segments sent again. */
  int totalRetrans();

  /** Smoothed round-trip time in microseconds; 0: not measured. */
  int smoothedRttUs();

  /** Least round-trip time in microseconds; 0: not measured. */
  int leastRttUs();
}
