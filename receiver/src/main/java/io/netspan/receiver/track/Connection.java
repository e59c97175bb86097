package io.netspan.receiver.track;

import io.netspan.receiver.workload.Workload;

/**
 * One side of a connection. Reused after its end: whoever is handed one copies what it needs before
 * it returns. Belongs to the tracer's thread.
 */
public final class Connection {
  static final int UNKNOWN_TIME = 0;

  long sk;
  Role role;
  ConnectionState state;
  Provenance provenance;
  Workload owner;
  OwnerProvenance ownerProvenance;
  int tid;
  int netns;
  boolean ipv6;
  int localPort;
  int peerPort;
  long localHigh;
  long localLow;
  long peerHigh;
  long peerLow;
  boolean identified;
  long pair;
  long openedNs;
  long establishedNs;
  long closedNs;
  long handshakeNs;
  CloseReason reason;
  ConnectionError error;
  boolean totalsKnown;
  long bytesSent;
  long bytesReceived;
  int segmentsSent;
  int segmentsReceived;
  int retransmits;
  int srttUs;
  int rttMinUs;
  private long mark;

  Connection(Workload nobody) {
    this.owner = nobody;
    this.role = Role.CLIENT;
    this.state = ConnectionState.SYN_SENT;
    this.provenance = Provenance.LIVE;
    this.ownerProvenance = OwnerProvenance.UNKNOWN;
    this.reason = CloseReason.UNKNOWN;
    this.error = ConnectionError.NONE;
  }

  /** Everything as in a new one. */
  void reset(long address, Role side, Workload nobody) {
    sk = address;
    role = side;
    state = ConnectionState.SYN_SENT;
    provenance = Provenance.LIVE;
    owner = nobody;
    ownerProvenance = OwnerProvenance.UNKNOWN;
    tid = 0;
    netns = 0;
    ipv6 = false;
    localPort = 0;
    peerPort = 0;
    localHigh = 0;
    localLow = 0;
    peerHigh = 0;
    peerLow = 0;
    identified = false;
    pair = 0;
    openedNs = UNKNOWN_TIME;
    establishedNs = UNKNOWN_TIME;
    closedNs = UNKNOWN_TIME;
    handshakeNs = UNKNOWN_TIME;
    reason = CloseReason.UNKNOWN;
    error = ConnectionError.NONE;
    totalsKnown = false;
    bytesSent = 0;
    bytesReceived = 0;
    segmentsSent = 0;
    segmentsReceived = 0;
    retransmits = 0;
    srttUs = 0;
    rttMinUs = 0;
    mark = 0;
  }

  void ownedBy(Workload process, int thread, OwnerProvenance how) {
    owner = process;
    ownerProvenance = how;
    tid = thread;
  }

  public Role role() {
    return role;
  }

  public ConnectionState state() {
    return state;
  }

  public Provenance provenance() {
    return provenance;
  }

  public Workload owner() {
    return owner;
  }

  public OwnerProvenance ownerProvenance() {
    return ownerProvenance;
  }

  /** The thread that connected, or that closed; 0 if not known. In the initial pid namespace. */
  public int tid() {
    return tid;
  }

  /** The inode of the network namespace. */
  public int netns() {
    return netns;
  }

  public boolean ipv6() {
    return ipv6;
  }

  /** 0 if the kernel never chose one. */
  public int localPort() {
    return localPort;
  }

  public int peerPort() {
    return peerPort;
  }

  /** The port of the server: the peer's for a client, ours for a server. */
  public int serverPort() {
    return role == Role.CLIENT ? peerPort : localPort;
  }

  /** The first eight bytes of our address, as a big-endian number; IPv4 in its upper half. */
  public long localHigh() {
    return localHigh;
  }

  public long localLow() {
    return localLow;
  }

  /** As {@link #localHigh()}, of the other end. */
  public long peerHigh() {
    return peerHigh;
  }

  public long peerLow() {
    return peerLow;
  }

  /**
   * Whether the pair of sequence numbers is known: not of a connection that was never established.
   */
  public boolean identified() {
    return identified;
  }

  /**
   * The identity pair, see {@link ConnectionIdentity}; a random number if not {@link
   * #identified()}.
   */
  public long pair() {
    return pair;
  }

  /**
   * CLOCK_MONOTONIC ns; the SYN, or for a server its SYN-ACK. Equal to the end if the beginning was
   * not seen.
   */
  public long openedNs() {
    return openedNs;
  }

  /** CLOCK_MONOTONIC ns; 0 if it was not, or this was not seen. */
  public long establishedNs() {
    return establishedNs;
  }

  /** CLOCK_MONOTONIC ns; 0 while open. */
  public long closedNs() {
    return closedNs;
  }

  /** Nanoseconds from SYN to SYN-ACK, or for a server from SYN-ACK to ACK; 0 if not known. */
  public long handshakeNs() {
    return handshakeNs;
  }

  public CloseReason reason() {
    return reason;
  }

  public ConnectionError error() {
    return error;
  }

  /** Whether the counters below are those of the whole life; false if the end was not seen. */
  public boolean totalsKnown() {
    return totalsKnown;
  }

  /** Payload bytes, each counted once. */
  public long bytesSent() {
    return bytesSent;
  }

  public long bytesReceived() {
    return bytesReceived;
  }

  public int segmentsSent() {
    return segmentsSent;
  }

  public int segmentsReceived() {
    return segmentsReceived;
  }

  public int retransmits() {
    return retransmits;
  }

  /** Smoothed round-trip time in microseconds at the end; 0 if never measured. */
  public int srttUs() {
    return srttUs;
  }

  /** Least round-trip time in microseconds; 0 if never measured. */
  public int rttMinUs() {
    return rttMinUs;
  }

  /** Left to the {@link ConnectionListener}: what it set when this was opened, 0 before. */
  public long mark() {
    return mark;
  }

  public void mark(long value) {
    mark = value;
  }
}
