package io.netspan.receiver.net;

/** A TCP socket as a pass found it: a listener's, or one side of a connection. Lent for a call. */
public interface SocketFacts extends SocketEnds, SubflowFacts {

  /** CLOCK_BOOTTIME ns, not later than the moment at which the socket was looked at. */
  long timeNs();

  /**
   * What the socket is known by for as long as it lives; it may be another's after its end. Never
   * leaves the process.
   */
  long sk();

  /** The kernel's state, {@code TCP_ESTABLISHED} and so on. */
  int state();

  /** Whether the socket itself shows that a listener accepted it; false says nothing. */
  boolean isAccepted();

  /** Index of the network device that it is bound to, as its listener is; 0: none. */
  int device();

  /** Whether it is a listener of IPv6 that accepts no IPv4. */
  boolean isV6Only();

  /** A process that has a descriptor of it, in the initial pid namespace; 0: none known. */
  int tgid();

  /** Start of that process: CLOCK_BOOTTIME ns of its leader. */
  long startTime();

  /** Whether the two below are known. */
  boolean hasIsns();

  /** {@code snd_una - bytes_acked}. */
  int localIsn();

  /** {@code rcv_nxt - bytes_received}. */
  int remoteIsn();

  /** 1: it sent a SYN, so connected. 0: it did not, so was accepted. -1: not known. */
  int synsSent();

  /**
   * Payload bytes sent until now, each counted once.
   *
   * @param synsSent 1 if the socket sent a SYN, 0 if it was accepted
   */
  long payloadSent(int synsSent);

  /** Payload bytes received until now. */
  long payloadReceived();

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
