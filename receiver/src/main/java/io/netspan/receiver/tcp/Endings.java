package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT1;
import static io.netspan.receiver.net.TcpState.TCP_SYN_RECV;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;

import io.netspan.receiver.wire.TcpCloseEvent;
import io.netspan.receiver.wire.TcpClosingEvent;
import io.netspan.receiver.wire.TcpResetEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of connections for {@link ConnectionTracker}: the first step of their close, and the
 * last.
 */
final class Endings {
  private final ConnectionTable table;
  private final Owners owners;
  private final Sides sides;
  private final Reconciler reconciler;
  private final ConnectionListener listener;
  private final AwaitedResets resets = new AwaitedResets();

  Endings(
      ConnectionTable table,
      Owners owners,
      Sides sides,
      Reconciler reconciler,
      ConnectionListener listener) {
    this.table = table;
    this.owners = owners;
    this.sides = sides;
    this.reconciler = reconciler;
    this.listener = listener;
  }

  void closing(TcpClosingEvent event) {
    if (event.mptcpToken() != 0) {
      List.copyOf(table.subflows.of(event.netns(), event.mptcpToken()))
          .forEach(subflow -> closedWithOthers(subflow, event));
      return;
    }
    Connection connection = closingAt(event.sk(), event.ktimeNs());
    if (connection == null) {
      return;
    }
    boolean found = !connection.isOnlyOwnerKnown();
    if (found) {
      sides.settle(connection);
    }
    connection.lastEventNs = reconciler.sinceBegin(event.ktimeNs());
    connection.state =
        event.newstate() == TCP_FIN_WAIT1 ? ConnectionState.FIN_WAIT_1 : ConnectionState.LAST_ACK;
    if (event.tgid() != 0) {
      // An MPTCP subflow has tgid 0 here; the step of its process was reported before.
      connection.exitSignal = event.exitSignal();
    }
    owners.closed(connection, event.tgid(), event.startTime(), event.tid(), event.isBeforeExec());
    if (found) {
      listener.changed(connection);
    }
  }

  /**
   * As {@link ConnectionTable#known}. A connection takes this step once; if the known one has taken
   * it, the address belongs to another connection now.
   */
  private @Nullable Connection closingAt(long sk, long nowNs) {
    Connection connection = table.known(sk, nowNs);
    if (connection != null && connection.closingSeen) {
      connection = table.begin(sk, Role.CLIENT, nowNs);
    }
    if (connection != null) {
      connection.closingSeen = true;
    }
    return connection;
  }

  /**
   * Handles a subflow whose process has closed or shut down the MPTCP connection; the kernel's
   * steps follow.
   */
  private void closedWithOthers(Connection subflow, TcpClosingEvent event) {
    boolean found = !subflow.isOnlyOwnerKnown();
    if (found) {
      sides.settle(subflow);
    }
    subflow.lastEventNs = event.ktimeNs();
    subflow.exitSignal = event.exitSignal();
    owners.closed(subflow, event.tgid(), event.startTime(), event.tid(), event.isBeforeExec());
    if (found) {
      listener.changed(subflow);
    }
  }

  void close(TcpCloseEvent event) {
    Connection connection = table.remove(event.sk());
    if (connection != null
        && !connection.isOnlyOwnerKnown()
        && (!connection.isBetween(event) || Continuity.contradicts(connection, event))) {
      sides.settle(connection);
      table.endUnseen(connection, event.ktimeNs());
      connection = null;
    }
    if (connection == null) {
      if (event.oldstate() == TCP_SYN_RECV && event.bytesReceived() == 0) {
        // The kernel gave up a child before it was established, so no process ever had it.
        return;
      }
      connection = table.unlisted(event.sk(), Role.CLIENT);
    }
    connection.accepted |= event.isAccepted();
    if (connection.synsSent == Connection.UNKNOWN_SYNS) {
      connection.synsSent = event.oldstate() == TCP_SYN_SENT ? 1 : event.synsSent();
    }
    connection.setEnds(event);
    table.subflows.add(connection, event);
    if (connection.isOnlyOwnerKnown()) {
      connection.settle(sides.role(connection));
      connection.openedNs = event.ktimeNs();
      connection.provenance = Provenance.INFERRED;
      table.beginningUnseen.increment();
      if (reconciler.hasScanned()) {
        table.stepsUnseen.increment();
      }
    } else {
      sides.settle(connection);
      if (Continuity.isEstablishedLost(connection, event)) {
        table.stepsUnseen.increment();
        connection.provenance = Provenance.INFERRED;
      }
    }
    setTotals(connection, event);
    if (!connection.identityExact && event.oldstate() != TCP_SYN_SENT) {
      connection.identify(event.localIsn(), event.remoteIsn(), /* exact= */ true);
    }
    connection.lastEventNs = event.ktimeNs();
    owners.closed(connection, event.tgid(), event.startTime(), event.tid(), event.isBeforeExec());
    if (connection.role == Role.SERVER && !connection.owner.isKnown()) {
      owners.accepted(connection);
    }
    end(connection, event);
  }

  private void end(Connection connection, TcpCloseEvent event) {
    connection.closedNs = event.ktimeNs();
    if (event.exitSignal() != 0) {
      connection.exitSignal = event.exitSignal();
    }
    if (event.oldstate() == TCP_SYN_SENT) {
      connection.handshakeNs = connection.closedNs - connection.openedNs; // how long it tried
    }
    connection.reason = CloseReason.of(event, connection.exitSignal);
    connection.error = ConnectionError.of(event);
    table.endSeen.increment();
    if (CloseReason.mayBeOurs(event)) {
      table.noteEnd(connection);
      resets.add(connection);
    } else {
      table.end(connection);
    }
  }

  /** Corrects an end that looked like a received reset: our kernel sent it, after our FIN. */
  void reset(TcpResetEvent event) {
    Connection connection = resets.take(event.sk());
    if (connection != null) {
      connection.reason = connection.exitSignal == 0 ? CloseReason.LOCAL_FIN : CloseReason.KILLED;
      connection.error = ConnectionError.NONE;
      table.end(connection);
    }
  }

  /** Reports the ends that waited for an event that has not come. */
  void reportUntil(long readUpToNs) {
    resets.takeUntil(readUpToNs, table::end);
  }

  private static void setTotals(Connection connection, TcpCloseEvent event) {
    connection.totalsKnown = true;
    connection.bytesSent = event.payloadSent(connection.synsCounted());
    connection.bytesReceived = event.payloadReceived();
    connection.segmentsSent = event.segsOut();
    connection.segmentsReceived = event.segsIn();
    connection.retransmits = event.totalRetrans();
    connection.srttUs = event.smoothedRttUs();
    connection.setRttMin(event.leastRttUs());
  }
}
