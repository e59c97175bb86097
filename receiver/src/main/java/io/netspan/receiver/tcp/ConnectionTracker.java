package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_LISTEN;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;

import io.netspan.receiver.wire.CgroupEvent;
import io.netspan.receiver.wire.KernelEvents;
import io.netspan.receiver.wire.ProcessEvent;
import io.netspan.receiver.wire.TcpAcceptEvent;
import io.netspan.receiver.wire.TcpCloseEvent;
import io.netspan.receiver.wire.TcpClosingEvent;
import io.netspan.receiver.wire.TcpEstablishedEvent;
import io.netspan.receiver.wire.TcpListenEvent;
import io.netspan.receiver.wire.TcpOpenEvent;
import io.netspan.receiver.wire.TcpResetEvent;
import io.netspan.receiver.wire.TcpSocketEvent;
import io.netspan.receiver.wire.TcpUnchangedEvent;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import java.util.function.LongConsumer;
import java.util.random.RandomGenerator;
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
 * between; then the rest is reported and marked {@link Provenance#INFERRED}. The kernel reuses the
 * address of a socket after its close, so an event that cannot follow the known state of an address
 * ends the old connection and begins another.
 *
 * <p>It uses no clock, no I/O and no lock; time comes from the events. Nothing is allocated per
 * event unless more connections are open than ever before. Belongs to the thread that has the turn,
 * except for the counters.
 */
public final class ConnectionTracker implements KernelEvents {
  /** How long a process may plausibly take from the step to SYN_SENT until its SYN is sent. */
  private static final long HELD_UP_AT_MOST_NS = 10_000_000;

  private final WorkloadTable workloads;
  private final ConnectionListener listener;
  private final ConnectionTable table;
  private final Listeners listeners = new Listeners();
  private final Owners owners;
  private final Sides sides;
  private final Reconciler reconciler;
  private final Endings endings;
  private long missingUntilNs = Long.MIN_VALUE;
  private LongConsumer ports = _ -> {};

  /**
   * Creates a tracker without connections.
   *
   * @param random generates the ids of connections that were never established
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
    this.table = new ConnectionTable(workloads.nobody(), listener, random, mostConnections);
    this.owners = new Owners(workloads, listeners);
    this.sides = new Sides(listeners, owners, listener);
    this.reconciler = new Reconciler(table, listeners, owners, workloads, listener, sides);
    this.endings = new Endings(table, owners, sides, reconciler, listener);
  }

  /** The reconciler, which compares the tracked connections with the open sockets. */
  public Reconciler reconciler() {
    return reconciler;
  }

  /**
   * Notes that the ring was full: events from before this moment may be missing.
   *
   * @param nowNs CLOCK_BOOTTIME
   */
  public void eventsMayBeMissing(long nowNs) {
    missingUntilNs = nowNs;
  }

  /**
   * Sets what asks the kernel for a listener by its address. {@code listen()} without {@code
   * bind()} takes the step to LISTEN before the kernel has chosen the port. The answer comes as
   * {@link #tcpSocket}, possibly before the call returns.
   */
  public void portsBy(LongConsumer ask) {
    ports = ask;
  }

  /** Asks for the ports of listeners that are still not known. */
  public void askForPorts() {
    listeners.forEachPortless(ports);
  }

  /** The process that listens, or did until lately, where a client that failed connected to. */
  public @Nullable Workload awaited(Connection client) {
    return listeners.awaited(client);
  }

  /** Connections whose end was seen. */
  public long ended() {
    return table.endSeen.get();
  }

  /** Connections whose end was not seen, but must have been. */
  public long endUnseen() {
    return table.endUnseen.get();
  }

  /** Ends of connections of whose beginning nothing was seen. */
  public long beginningUnseen() {
    return table.beginningUnseen.get();
  }

  /**
   * Steps to ESTABLISHED and CLOSE that must have been taken but were not seen, as the other events
   * of their connections show.
   */
  public long stepsUnseen() {
    return table.stepsUnseen.get();
  }

  /** Connections that were left out when they began because the table was full. */
  public long tableFull() {
    return table.full.get();
  }

  /** The number of open connections. May be called by any thread. */
  public int tracked() {
    return table.size();
  }

  @Override
  public void cgroup(CgroupEvent event) {
    workloads.described(event);
  }

  @Override
  public void process(ProcessEvent event) {
    workloads.announced(event);
  }

  @Override
  public void tcpOpen(TcpOpenEvent event) {
    Connection connection = table.begin(event.sk(), Role.CLIENT, event.ktimeNs());
    if (connection == null) {
      return;
    }
    connection.setEnds(event);
    connection.openedNs = event.ktimeNs();
    connection.earlierRttUs = event.earlierRttUs();
    table.subflows.add(connection, event);
    if (connection.subflow != Subflow.JOIN) {
      owners.connected(connection, event.tgid(), event.startTime(), event.tid());
    }
    listener.opened(connection);
  }

  @Override
  public void tcpEstablished(TcpEstablishedEvent event) {
    Connection connection = table.get(event.sk());
    if (connection != null && Continuity.isEarlyAccept(connection)) {
      connection.role = Role.SERVER;
    } else if (connection == null || !Continuity.isFollowedBy(connection, event)) {
      boolean client = event.oldstate() == TCP_SYN_SENT;
      connection = table.begin(event.sk(), client ? Role.CLIENT : Role.SERVER, event.ktimeNs());
      if (connection == null) {
        return;
      }
    }
    boolean known = !connection.isOnlyOwnerKnown();
    sides.settle(connection);
    connection.setEnds(event);
    table.subflows.add(connection, event);
    connection.device = event.device();
    connection.lastEventNs = event.ktimeNs();
    connection.state = ConnectionState.ESTABLISHED;
    connection.establishedNs = event.ktimeNs();
    connection.identify(event.localIsn(), event.remoteIsn(), /* exact= */ true);
    connection.synsSent = connection.role == Role.CLIENT && !event.isRestored() ? 1 : 0;
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
      connection.handshakeNs = event.isEarly() ? Connection.UNKNOWN_TIME : rttNs;
      connection.openedNs = event.ktimeNs() - rttNs;
      if (connection.role == Role.CLIENT) {
        connection.provenance = Provenance.INFERRED;
      } else if (!connection.owner.isKnown()) {
        owners.accepted(connection);
      }
      listener.opened(connection);
    }
  }

  /**
   * Corrects the beginning. The SYN was sent once and answered within the round-trip time, yet the
   * open event is older: it is that of an earlier connection of this address to the same server,
   * whose other events were lost (a client's port is not known when it opens).
   */
  private static void beganLater(Connection connection, long establishedNs, long rttNs) {
    connection.openedNs = establishedNs - rttNs;
    connection.handshakeNs = rttNs;
    connection.provenance = Provenance.INFERRED;
  }

  @Override
  public void tcpClosing(TcpClosingEvent event) {
    endings.closing(event);
  }

  @Override
  public void tcpAccept(TcpAcceptEvent event) {
    Connection connection = table.known(event.sk(), event.ktimeNs());
    if (connection == null) {
      return;
    }
    owners.acceptedBy(connection, event.tgid(), event.startTime(), event.tid());
    connection.lastEventNs = event.ktimeNs();
    table.subflows.share(connection);
    if (!connection.isOnlyOwnerKnown()) {
      sides.settle(connection);
      listener.changed(connection);
    }
  }

  @Override
  public void tcpClose(TcpCloseEvent event) {
    endings.close(event);
  }

  @Override
  public void tcpReset(TcpResetEvent event) {
    endings.reset(event);
  }

  /**
   * Reports the ends that waited for an event that has not come.
   *
   * @param readUpToNs all events until then have been seen; CLOCK_BOOTTIME
   */
  public void reportEnds(long readUpToNs) {
    endings.reportUntil(readUpToNs);
    listener.readUpTo(readUpToNs);
  }

  /**
   * Notes that no more events come from the kernel programs that were attached. Another session may
   * follow, so what waits for the other side of a connection goes on waiting.
   *
   * @param nowNs CLOCK_BOOTTIME
   */
  public void endOfEvents(long nowNs) {
    endings.reportUntil(Long.MAX_VALUE);
    listener.readUpTo(nowNs);
  }

  /** CLOCK_BOOTTIME ns at which {@link #reportEnds} should be called next, if nothing happens. */
  public long readDueNs() {
    return listener.readDueNs();
  }

  /** CLOCK_BOOTTIME ns at which the next pass should begin at the latest. */
  public long passDueNs() {
    return listener.passDueNs();
  }

  /** Returns a connection that a listener has kept and no longer needs. */
  public void release(Connection kept) {
    if (kept.letGo()) {
      table.recycle(kept);
    }
  }

  @Override
  public void tcpListen(TcpListenEvent event) {
    if (event.newstate() == TCP_LISTEN) {
      listeners.add(event, workloads.find(event.tgid(), event.startTime()));
      listeners.forEachPortless(ports);
    } else {
      listeners.end(event.sk(), event.ktimeNs());
    }
  }

  @Override
  public void tcpSocket(TcpSocketEvent event) {
    if (event.tgid() == 0) {
      reconciler.answered(event);
    } else {
      reconciler.found(event);
    }
  }

  @Override
  public void tcpUnchanged(TcpUnchangedEvent event) {
    reconciler.unchanged(event);
  }
}
