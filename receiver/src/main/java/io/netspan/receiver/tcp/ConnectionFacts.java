package io.netspan.receiver.tcp;

import io.netspan.receiver.net.Ends;
import io.netspan.receiver.net.SocketEnds;
import io.netspan.receiver.workload.Workload;
import org.jspecify.annotations.Nullable;

/**
 * What events and passes say about one side of a connection. A class of its own for its readers;
 * there is one object, the {@link Connection}.
 */
abstract sealed class ConnectionFacts extends PassMarks implements SocketEnds permits Connection {
  static final int UNKNOWN_TIME = 0;
  static final int UNKNOWN_DEVICE = -1;
  static final int UNKNOWN_SYNS = -1;

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

  /** Index of the network device that the socket is bound to; 0: none. */
  int device = UNKNOWN_DEVICE;

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

  /**
   * CLOCK_BOOTTIME ns of the last event of the connection; what a pass read before that is older.
   */
  long lastEventNs;

  /** The signal that was killing the process when it closed the connection; 0: none. */
  int exitSignal;

  /** The owner before the last change while it was open; null if there was none. */
  @Nullable Workload previousOwner;

  long ownerChangedNs;

  /** Whether the pair was read under the socket's lock. */
  boolean identityExact;

  int localIsn;
  int remoteIsn;

  /**
   * Whether the role is decided and the listener notified; for a connection that a pass finds, both
   * come later.
   */
  boolean settled;

  /** Whether the socket itself shows that a listener accepted it. */
  boolean accepted;

  /** Whether the first step of this side's close was reported. */
  boolean closingSeen;

  /** How many SYNs the socket sent: 1 for a client, 0 for a server, or {@link #UNKNOWN_SYNS}. */
  int synsSent = UNKNOWN_SYNS;

  /** Least round-trip time of its socket's last connection, which the kernel keeps; 0: none. */
  int earlierRttUs;

  /** The MPTCP connection that this is a subflow of: network namespace and token; 0: none. */
  long mptcp;

  Subflow subflow = Subflow.NONE;

  ConnectionFacts(Workload nobody) {
    this.owner = nobody;
    this.role = Role.CLIENT;
    this.state = ConnectionState.SYN_SENT;
    this.provenance = Provenance.LIVE;
    this.ownerProvenance = OwnerProvenance.UNKNOWN;
    this.reason = CloseReason.UNKNOWN;
    this.error = ConnectionError.NONE;
  }

  /** Sets everything to the state of a new connection. */
  final void resetFacts(long address, Role side, Workload nobody) {
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
    device = UNKNOWN_DEVICE;
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
    lastEventNs = 0;
    exitSignal = 0;
    previousOwner = null;
    ownerChangedNs = UNKNOWN_TIME;
    identityExact = false;
    localIsn = 0;
    remoteIsn = 0;
    settled = true;
    accepted = false;
    synsSent = UNKNOWN_SYNS;
    earlierRttUs = 0;
    closingSeen = false;
    mptcp = 0;
    subflow = Subflow.NONE;
  }

  /**
   * Whether only the process is known: an event named the process that accepts or closes the
   * connection, but no event reported that it was opened. The listener was not notified yet; a pass
   * or the end of the connection provides the rest.
   */
  boolean isOnlyOwnerKnown() {
    return openedNs == UNKNOWN_TIME;
  }

  /** Sets the ends from an event or a pass. */
  void setEnds(SocketEnds ends) {
    netns = ends.netns();
    ipv6 = ends.isIpv6();
    localPort = ends.localPort();
    peerPort = ends.peerPort();
    localHigh = ends.localHigh();
    localLow = ends.localLow();
    peerHigh = ends.peerHigh();
    peerLow = ends.peerLow();
  }

  /** The ends as a key; allocates. */
  Ends ends() {
    return Ends.of(this);
  }

  /**
   * Whether the connection has these ends; before a local port is chosen, any local end matches.
   */
  boolean isBetween(SocketEnds ends) {
    return peerPort == ends.peerPort()
        && peerHigh == ends.peerHigh()
        && peerLow == ends.peerLow()
        && netns == ends.netns()
        && (localPort == 0 || localPort == ends.localPort());
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

  /** The thread that connected or closed, in the initial pid namespace; 0 if not known. */
  public int tid() {
    return tid;
  }

  @Override
  public int netns() {
    return netns;
  }

  @Override
  public boolean isIpv6() {
    return ipv6;
  }

  @Override
  public int localPort() {
    return localPort;
  }

  @Override
  public int peerPort() {
    return peerPort;
  }

  /** The port of the server: the peer's for a client, ours for a server. */
  public int serverPort() {
    return role == Role.CLIENT ? peerPort : localPort;
  }

  @Override
  public long localHigh() {
    return localHigh;
  }

  @Override
  public long localLow() {
    return localLow;
  }

  @Override
  public long peerHigh() {
    return peerHigh;
  }

  @Override
  public long peerLow() {
    return peerLow;
  }

  /**
   * Whether the pair of sequence numbers is known; it is not if the connection was never
   * established.
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
   * CLOCK_BOOTTIME ns of the SYN, or for a server of its SYN-ACK. Equal to the end if the beginning
   * was not seen.
   */
  public long openedNs() {
    return openedNs;
  }

  /**
   * CLOCK_BOOTTIME ns at which the connection was established; 0 if it never was, or this was not
   * seen.
   */
  public long establishedNs() {
    return establishedNs;
  }

  /** CLOCK_BOOTTIME ns of the end; 0 while open. */
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

  /** The kind of MPTCP subflow that this connection is. */
  public Subflow subflow() {
    return subflow;
  }

  /** This side's token of the MPTCP connection; 0 if this is not a subflow. */
  public int mptcpToken() {
    return (int) mptcp;
  }

  /** The owner before the last change while this was open; null if there was none. */
  public @Nullable Workload previousOwner() {
    return previousOwner;
  }

  /** CLOCK_BOOTTIME ns at which the owner changed, or at which a pass found the change. */
  public long ownerChangedNs() {
    return ownerChangedNs;
  }
}
