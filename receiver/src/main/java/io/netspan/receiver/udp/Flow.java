package io.netspan.receiver.udp;

import io.netspan.receiver.net.Ends;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.wire.UdpFlowView;
import io.netspan.receiver.workload.Workload;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams between a socket and a peer. A listener copies what it needs before it returns.
 * Belongs to the thread that has the turn.
 */
public final class Flow {
  /** The error for a datagram that netfilter does not let out. */
  private static final int EPERM = 1;

  private final long id;
  private final long socket;
  private final Workload owner;
  private final int tid;
  private final Ends ends;
  private final FlowRole role;
  private final FlowPeer peer;
  private final boolean own;
  private final boolean sentFirst;
  private final long firstNs;
  private final Counts counts = new Counts();
  private final Counts reported = new Counts();
  private final Counts sinceLast = new Counts();
  private long lastNs;
  private long exchanges;
  private long exchangeSumNs;
  private long exchangeMaxNs;
  private long errors;
  private ConnectionError error = ConnectionError.NONE;
  private FlowEnd end = FlowEnd.STOPPED;
  private @Nullable Flow other;
  private @Nullable Workload peerOwner;
  private @Nullable SlicedFlow sliced;
  boolean hasEnded;
  boolean leftOut;

  /** Counts of datagrams and of their payload bytes. */
  public static final class Counts {
    private long bytesSent;
    private long bytesReceived;
    private long datagramsSent;
    private long datagramsReceived;

    public long bytesSent() {
      return bytesSent;
    }

    public long bytesReceived() {
      return bytesReceived;
    }

    public long datagramsSent() {
      return datagramsSent;
    }

    public long datagramsReceived() {
      return datagramsReceived;
    }

    private void set(UdpFlowView flow) {
      bytesSent = flow.bytesSent();
      bytesReceived = flow.bytesReceived();
      datagramsSent = flow.datagramsSent();
      datagramsReceived = flow.datagramsReceived();
    }

    private void difference(Counts now, Counts before) {
      bytesSent = now.bytesSent - before.bytesSent;
      bytesReceived = now.bytesReceived - before.bytesReceived;
      datagramsSent = now.datagramsSent - before.datagramsSent;
      datagramsReceived = now.datagramsReceived - before.datagramsReceived;
    }

    private void copy(Counts of) {
      bytesSent = of.bytesSent;
      bytesReceived = of.bytesReceived;
      datagramsSent = of.datagramsSent;
      datagramsReceived = of.datagramsReceived;
    }
  }

  Flow(UdpFlowView flow, Workload owner) {
    this.owner = owner;
    id = flow.id();
    socket = flow.socket();
    tid = flow.tid();
    ends = Ends.of(flow);
    role = FlowRole.of(flow);
    peer = peer(flow);
    own = flow.own();
    sentFirst = flow.sentFirst();
    firstNs = flow.firstNs();
    update(flow);
  }

  private static FlowPeer peer(UdpFlowView flow) {
    if (flow.hasPeer()) {
      return FlowPeer.KNOWN;
    }
    return flow.isOfOthers() ? FlowPeer.OTHERS : FlowPeer.UNKNOWN;
  }

  void update(UdpFlowView flow) {
    counts.set(flow);
    lastNs = Math.max(flow.lastNs(), firstNs);
    exchanges = flow.exchanges();
    exchangeSumNs = flow.exchangeSumNs();
    exchangeMaxNs = flow.exchangeMaxNs();
    errors = Integer.toUnsignedLong(flow.errors());
    error = error(flow);
  }

  private static ConnectionError error(UdpFlowView flow) {
    if (flow.errors() == 0) {
      return ConnectionError.NONE;
    }
    return flow.error() == EPERM
        ? ConnectionError.ACCESS_DENIED
        : ConnectionError.ofErrno(flow.error());
  }

  /** Computes {@link #sinceLast}; returns whether anything was counted since the last time. */
  boolean advance() {
    sinceLast.difference(counts, reported);
    reported.copy(counts);
    return (sinceLast.datagramsSent | sinceLast.datagramsReceived) != 0;
  }

  void ended(FlowEnd why) {
    hasEnded = true;
    end = why;
  }

  /** Both ends; the peer's address and port are 0 unless the peer is {@link FlowPeer#KNOWN}. */
  public Ends ends() {
    return ends;
  }

  /** A random id, since UDP has nothing that identifies a flow at both ends. */
  public long id() {
    return id;
  }

  /** The socket's cookie. */
  long socket() {
    return socket;
  }

  /** The process that sent or received the first datagram. */
  public Workload owner() {
    return owner;
  }

  /** Whether metrics can be attributed to the processes at both ends. */
  public boolean isIdentified() {
    return owner.isIdentified() && (peerOwner == null || peerOwner.isIdentified());
  }

  /** Whether nothing more is expected about the processes at the known ends. */
  public boolean isSettled() {
    return owner.isSettled() && (peerOwner == null || peerOwner.isSettled());
  }

  /** Notes the flow of the other end. */
  void isWith(Flow flow) {
    other = flow;
    peerOwner = flow.owner.isKnown() ? flow.owner : null;
  }

  /** Notes that the flow of the other end has ended. */
  void isAlone() {
    other = null;
  }

  /** The flow of the other end, as long as it has not ended; null if it is not known. */
  public @Nullable Flow other() {
    return other;
  }

  /** Whether the flow is the agent's own, or the other end of such a flow. */
  public boolean isLeftOut() {
    return leftOut;
  }

  /** Where the current slice begins and ends; null if the flow was never cut. */
  public @Nullable SlicedFlow sliced() {
    return sliced;
  }

  /** As {@link #sliced}, made at the first call. */
  public SlicedFlow toBeSliced() {
    SlicedFlow known = sliced;
    if (known == null) {
      known = new SlicedFlow(this);
      sliced = known;
    }
    return known;
  }

  /** The process at the other end, if it is in the same network namespace; null if not known. */
  public @Nullable Workload peerOwner() {
    return peerOwner;
  }

  /** The thread that sent or received the first datagram, in the initial pid namespace. */
  public int tid() {
    return tid;
  }

  public FlowRole role() {
    return role;
  }

  public FlowPeer peer() {
    return peer;
  }

  boolean own() {
    return own;
  }

  /** Whether our end sent the first datagram. */
  public boolean sentFirst() {
    return sentFirst;
  }

  /** The port of the server; 0 if not known. */
  public int serverPort() {
    return switch (role) {
      case CLIENT -> ends.peerPort();
      case SERVER -> ends.localPort();
      case INTERNAL -> 0;
    };
  }

  /** CLOCK_BOOTTIME ns of the first datagram. */
  public long firstNs() {
    return firstNs;
  }

  /** CLOCK_BOOTTIME ns of the last datagram. */
  public long lastNs() {
    return lastNs;
  }

  /** The counts since the beginning of the flow. */
  public Counts counts() {
    return counts;
  }

  /** The counts since the previous {@link FlowListener#counted}. */
  public Counts sinceLast() {
    return sinceLast;
  }

  /**
   * Datagrams in the direction of the first one that were followed by one in the other direction.
   */
  public long exchanges() {
    return exchanges;
  }

  public long exchangeSumNs() {
    return exchangeSumNs;
  }

  public long exchangeMaxNs() {
    return exchangeMaxNs;
  }

  /** Calls that failed because of the network. */
  public long errors() {
    return errors;
  }

  /** The last error of the network that made a call fail. */
  public ConnectionError error() {
    return error;
  }

  public FlowEnd end() {
    return end;
  }
}
