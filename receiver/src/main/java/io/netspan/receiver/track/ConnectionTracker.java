package io.netspan.receiver.track;

import static io.netspan.receiver.track.TcpState.TCP_FIN_WAIT1;
import static io.netspan.receiver.track.TcpState.TCP_LISTEN;
import static io.netspan.receiver.track.TcpState.TCP_SYN_RECV;
import static io.netspan.receiver.track.TcpState.TCP_SYN_SENT;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.wire.KernelEvents;
import io.netspan.receiver.wire.ProcessEvent;
import io.netspan.receiver.wire.TcpCloseEvent;
import io.netspan.receiver.wire.TcpClosingEvent;
import io.netspan.receiver.wire.TcpEstablishedEvent;
import io.netspan.receiver.wire.TcpListenEvent;
import io.netspan.receiver.wire.TcpOpenEvent;
import io.netspan.receiver.wire.TcpTupleEvent;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import java.util.ArrayDeque;
import java.util.random.RandomGenerator;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Joins the events of a socket to connections.
 *
 * <pre>
 *              tcp_open                tcp_established
 *   (nothing) ---------> SYN_SENT ---------------------> ESTABLISHED
 *       |                   |                              |     |
 *       | tcp_established   | tcp_close: failed            |     | tcp_closing
 *       +-------------------|----------------------------->|     v
 *                           v             tcp_close        |  FIN_WAIT_1, LAST_ACK
 *                        (ended) <-------------------------+-----+
 * </pre>
 *
 * Events of one socket come in the order in which they happened: one ring, filled under the
 * socket's lock. Any of them may be missing, because the ring was full or the agent started in
 * between; then what is left is reported and marked {@link Provenance#INFERRED}. A socket's address
 * is given away again after its close, so an event that cannot follow what is known of an address
 * ends the old connection and begins another.
 *
 * <p>No clock, no I/O, no lock: time is the events'. Nothing is allocated per event once as many
 * connections have been open as are now. Belongs to the tracer's thread, but for the counters.
 */
public final class ConnectionTracker implements KernelEvents {
  private static final int MOST_SPARE = 16_384;
  private static final int ACCEPTED = 1;

  /**
   * How long a process may take from the step to SYN_SENT until its SYN is out, before that is
   * doubted.
   */
  private static final long HELD_UP_AT_MOST_NS = 10_000_000;

  private final WorkloadTable workloads;
  private final ConnectionListener listener;
  private final RandomGenerator random;
  private final int mostConnections;
  private final Long2ObjectHashMap<Connection> open = new Long2ObjectHashMap<>();
  private final Listeners listeners = new Listeners();
  private final ArrayDeque<Connection> spare = new ArrayDeque<>();
  private final SingleWriterCounter ended = new SingleWriterCounter();
  private final SingleWriterCounter endUnseen = new SingleWriterCounter();
  private final SingleWriterCounter beginningUnseen = new SingleWriterCounter();
  private final SingleWriterCounter tableFull = new SingleWriterCounter();
  private long missingUntilNs = Long.MIN_VALUE;
  private volatile int tracked;

  /**
   * A tracker that knows of no connection yet.
   *
   * @param random gives connections that were never established their ids
   * @param mostConnections how many open connections are tracked; further ones are counted and left
   *     out until their end
   */
  public ConnectionTracker(
      WorkloadTable workloads,
      ConnectionListener listener,
      RandomGenerator random,
      int mostConnections) {
    this.workloads = workloads;
    this.listener = listener;
    this.random = random;
    this.mostConnections = mostConnections;
  }

  /**
   * The ring was found full: events from before this moment may be missing.
   *
   * @param nowNs CLOCK_MONOTONIC
   */
  public void eventsMayBeMissing(long nowNs) {
    missingUntilNs = nowNs;
  }

  /** Connections whose end was seen. */
  public long ended() {
    return ended.get();
  }

  /** Connections whose end was not seen, but must have been. */
  public long endUnseen() {
    return endUnseen.get();
  }

  /** Ends of connections of whose beginning nothing was seen. */
  public long beginningUnseen() {
    return beginningUnseen.get();
  }

  /** Beginnings that found the table full. */
  public long tableFull() {
    return tableFull.get();
  }

  /** Open connections. Any thread. */
  public int tracked() {
    return tracked;
  }

  @Override
  public void process(ProcessEvent event) {
    workloads.announced(event);
  }

  @Override
  public void tcpOpen(TcpOpenEvent event) {
    Connection connection = begin(event.sk(), Role.CLIENT, event.ktimeNs());
    if (connection == null) {
      return;
    }
    setTuple(connection, event);
    connection.openedNs = event.ktimeNs();
    connection.ownedBy(
        workloads.find(event.tgid(), event.startTime()), event.tid(), OwnerProvenance.CONNECT);
    listener.opened(connection);
  }

  @Override
  public void tcpEstablished(TcpEstablishedEvent event) {
    Connection connection = open.get(event.sk());
    boolean known = connection != null && isFollowedBy(connection, event);
    if (connection == null || !known) {
      boolean client = event.oldstate() == TCP_SYN_SENT;
      connection = begin(event.sk(), client ? Role.CLIENT : Role.SERVER, event.ktimeNs());
      if (connection == null) {
        return;
      }
    }
    setTuple(connection, event);
    connection.state = ConnectionState.ESTABLISHED;
    connection.establishedNs = event.ktimeNs();
    identify(connection, event.localIsn(), event.remoteIsn());
    long rttNs = (event.srttUs() >>> 3) * 1_000L;
    if (known) {
      connection.handshakeNs = event.ktimeNs() - connection.openedNs;
      if (connection.openedNs < missingUntilNs
          && event.totalRetrans() == 0
          && rttNs != 0
          && connection.handshakeNs > rttNs + HELD_UP_AT_MOST_NS) {
        beganLater(connection, event.ktimeNs(), rttNs);
      }
      listener.changed(connection);
    } else {
      connection.handshakeNs = rttNs;
      connection.openedNs = event.ktimeNs() - rttNs;
      if (connection.role == Role.CLIENT) {
        connection.provenance = Provenance.INFERRED;
      } else {
        ownByListener(connection);
      }
      listener.opened(connection);
    }
  }

  /**
   * The SYN was sent once and answered within the round-trip time, yet the open is older: it is
   * that of an earlier connection of this address to the same server, of which the rest was lost (a
   * client's port is not known when it opens).
   */
  private static void beganLater(Connection connection, long establishedNs, long rttNs) {
    connection.openedNs = establishedNs - rttNs;
    connection.handshakeNs = rttNs;
    connection.provenance = Provenance.INFERRED;
  }

  /**
   * Whether the event can be the next of this connection. If not, the connection's end was lost and
   * the address belongs to another socket now. (A client passes SYN_RECV too, when both ends
   * connect at once.)
   */
  private static boolean isFollowedBy(Connection connection, TcpEstablishedEvent event) {
    return connection.state == ConnectionState.SYN_SENT
        && connection.openedNs != Connection.UNKNOWN_TIME
        && (event.oldstate() == TCP_SYN_SENT || event.accepted() != ACCEPTED)
        && isOf(connection, event);
  }

  /** Whether both have the same ends; before a local port is chosen, any will do. */
  private static boolean isOf(Connection connection, TcpTupleEvent event) {
    return connection.peerPort == event.dport()
        && connection.peerHigh == event.daddrHigh()
        && connection.peerLow == event.daddrLow()
        && connection.netns == event.netNs()
        && (connection.localPort == 0 || connection.localPort == event.sport());
  }

  /**
   * Whether this is the end of a later connection between the same ends: the identity pair never
   * changes.
   */
  private static boolean contradicts(Connection connection, TcpCloseEvent event) {
    return connection.identified
        && (event.oldstate() == TCP_SYN_SENT
            || connection.pair != pair(connection.role, event.localIsn(), event.remoteIsn()));
  }

  @Override
  public void tcpClosing(TcpClosingEvent event) {
    Connection connection = open.get(event.sk());
    boolean known = connection != null;
    if (connection == null) {
      // Opened before the start, or its events were lost. Who closes it is all that is known until
      // its end.
      connection = begin(event.sk(), Role.CLIENT, event.ktimeNs());
      if (connection == null) {
        return;
      }
    }
    connection.state =
        event.newstate() == TCP_FIN_WAIT1 ? ConnectionState.FIN_WAIT_1 : ConnectionState.LAST_ACK;
    ownByCloser(connection, event.tgid(), event.startTime(), event.tid());
    if (known && connection.openedNs != Connection.UNKNOWN_TIME) {
      listener.changed(connection);
    }
  }

  @Override
  public void tcpClose(TcpCloseEvent event) {
    Connection connection = open.remove(event.sk());
    if (connection != null
        && connection.openedNs != Connection.UNKNOWN_TIME
        && (!isOf(connection, event) || contradicts(connection, event))) {
      endUnseen(connection, event.ktimeNs());
      connection = null;
    }
    if (connection == null) {
      if (event.oldstate() == TCP_SYN_RECV && event.bytesReceived() == 0) {
        return; // A child that the kernel gave up before it was established: nobody ever had it.
      }
      connection = spare(event.sk(), Role.CLIENT);
    }
    setTotals(connection, event);
    if (connection.openedNs == Connection.UNKNOWN_TIME) {
      connection.role = event.accepted() == ACCEPTED ? Role.SERVER : Role.CLIENT;
      connection.openedNs = event.ktimeNs();
      connection.provenance = Provenance.INFERRED;
      beginningUnseen.increment();
    }
    setTuple(connection, event);
    if (!connection.identified && event.oldstate() != TCP_SYN_SENT) {
      identify(connection, event.localIsn(), event.remoteIsn());
    }
    ownByCloser(connection, event.tgid(), event.startTime(), event.tid());
    if (connection.role == Role.SERVER && !connection.owner.isKnown()) {
      ownByListener(connection);
    }
    connection.closedNs = event.ktimeNs();
    connection.reason = CloseReason.of(event.oldstate(), event.skErr());
    connection.error = ConnectionError.of(event.oldstate(), event.skErr(), event.sport());
    ended.increment();
    end(connection);
  }

  @Override
  public void tcpListen(TcpListenEvent event) {
    if (event.newstate() == TCP_LISTEN) {
      listeners.add(event, workloads.find(event.tgid(), event.startTime()));
    } else {
      listeners.remove(event.sk());
    }
  }

  /**
   * A new connection on this address; what was there has ended unseen. Null, and counted, if there
   * is no room.
   */
  private @Nullable Connection begin(long sk, Role role, long nowNs) {
    Connection lost = open.remove(sk);
    if (lost != null) {
      endUnseen(lost, nowNs);
    }
    if (open.size() >= mostConnections) {
      tableFull.increment();
      return null;
    }
    Connection connection = spare(sk, role);
    open.put(sk, connection);
    tracked = open.size();
    return connection;
  }

  private Connection spare(long sk, Role role) {
    Connection connection = spare.pollLast();
    if (connection == null) {
      connection = new Connection(workloads.nobody());
    }
    connection.reset(sk, role, workloads.nobody());
    return connection;
  }

  private void endUnseen(Connection connection, long nowNs) {
    endUnseen.increment();
    if (connection.openedNs == Connection.UNKNOWN_TIME) {
      recycle(connection); // Nothing but its closer is known: no connection to report.
      return;
    }
    connection.closedNs = nowNs;
    connection.provenance = Provenance.INFERRED;
    connection.reason = CloseReason.UNKNOWN;
    end(connection);
  }

  private void end(Connection connection) {
    tracked = open.size();
    if (!connection.identified) {
      connection.pair = random.nextLong();
    }
    listener.closed(connection);
    recycle(connection);
  }

  private void recycle(Connection connection) {
    if (spare.size() < MOST_SPARE) {
      spare.addLast(connection);
    }
  }

  private static void identify(Connection connection, int localIsn, int remoteIsn) {
    connection.identified = true;
    connection.pair = pair(connection.role, localIsn, remoteIsn);
  }

  private static long pair(Role role, int localIsn, int remoteIsn) {
    return role == Role.CLIENT
        ? ConnectionIdentity.pairOfClient(localIsn, remoteIsn)
        : ConnectionIdentity.pairOfServer(localIsn, remoteIsn);
  }

  /**
   * Who closes an accepted connection is who served it. The connecting process stays the owner of
   * what it connected, unless that was not seen.
   */
  private void ownByCloser(Connection connection, int tgid, long startTime, int tid) {
    if (tgid != 0 && connection.ownerProvenance != OwnerProvenance.CONNECT) {
      connection.ownedBy(workloads.find(tgid, startTime), tid, OwnerProvenance.CLOSE);
    }
  }

  private void ownByListener(Connection connection) {
    Workload owner =
        listeners.owner(
            connection.netns, connection.localPort, connection.localHigh, connection.localLow);
    if (owner != null) {
      connection.ownedBy(owner, 0, OwnerProvenance.LISTENER);
    }
  }

  private static void setTuple(Connection connection, TcpTupleEvent event) {
    connection.netns = event.netNs();
    connection.ipv6 = event.isIpv6();
    connection.localPort = event.sport();
    connection.peerPort = event.dport();
    connection.localHigh = event.saddrHigh();
    connection.localLow = event.saddrLow();
    connection.peerHigh = event.daddrHigh();
    connection.peerLow = event.daddrLow();
  }

  /** bytes_received counts a received FIN as one; SOCK_DONE says that one came. */
  private static void setTotals(Connection connection, TcpCloseEvent event) {
    connection.totalsKnown = true;
    connection.bytesSent = Math.max(0, event.bytesSent() - event.bytesRetrans());
    connection.bytesReceived = Math.max(0, event.bytesReceived() - event.finReceived());
    connection.segmentsSent = event.segsOut();
    connection.segmentsReceived = event.segsIn();
    connection.retransmits = event.totalRetrans();
    connection.srttUs = event.srttUs() >>> 3;
    connection.rttMinUs = event.rttMinUs() == -1 ? 0 : event.rttMinUs();
  }
}
