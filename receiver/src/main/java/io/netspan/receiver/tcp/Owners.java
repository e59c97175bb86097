package io.netspan.receiver.tcp;

import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;

/**
 * Who a connection belongs to, by what is known at the time. Stronger knowledge replaces weaker:
 *
 * <pre>
 *   connected     the thread that connected; another process only by its descriptor
 *   accepted      the listener's owner  &lt;  who accepted  &lt;  who has the descriptor  &lt;  who closed
 * </pre>
 *
 * Belongs to the thread that has the turn.
 */
final class Owners {
  private final WorkloadTable workloads;
  private final Listeners listeners;

  Owners(WorkloadTable workloads, Listeners listeners) {
    this.workloads = workloads;
    this.listeners = listeners;
  }

  /** The thread that connects. */
  void connected(Connection connection, int tgid, long startTime, int tid) {
    connection.ownedBy(workloads.find(tgid, startTime), tid, OwnerProvenance.CONNECT);
  }

  /** Whoever listens where it was accepted, if that is known. */
  void accepted(Connection connection) {
    Workload owner = listeners.acceptor(connection);
    if (owner != null && owner.isKnown()) {
      connection.ownedBy(workloads.latest(owner), 0, OwnerProvenance.LISTENER);
    }
  }

  /** The thread whose accept() returned it. */
  void acceptedBy(Connection connection, int tgid, long startTime, int tid) {
    if (tgid != 0) {
      connection.ownedBy(workloads.find(tgid, startTime), tid, OwnerProvenance.ACCEPT);
    }
  }

  /**
   * The process that closes an accepted connection is the one that served it. The connecting
   * process stays the owner of what it connected, unless that was not seen; but it may be another
   * program since.
   *
   * @param beforeExec by an exec: it was the program before that which had it
   */
  void closed(Connection connection, int tgid, long startTime, int tid, boolean beforeExec) {
    if (tgid == 0) {
      return;
    }
    Workload closer =
        beforeExec ? workloads.findBeforeExec(tgid, startTime) : workloads.find(tgid, startTime);
    if (connection.ownerProvenance != OwnerProvenance.CONNECT) {
      connection.passTo(closer, tid, OwnerProvenance.CLOSE, connection.lastEventNs);
    } else if (connection.owner.key().equals(closer.key())) {
      connection.owner = closer;
    }
  }

  /** What a whole pass has found of the processes that have a descriptor of it. */
  void found(Connection connection, long nowNs) {
    if (connection.marks.heirTgid == 0) {
      return; // Not accepted yet, or closed by its process: no process has it.
    }
    if (connection.marks.heldByOwner) {
      connection.owner = workloads.latest(connection.owner); // after an exec, another
      if (connection.ownerProvenance == OwnerProvenance.LISTENER
          || connection.ownerProvenance == OwnerProvenance.SUBFLOW) {
        connection.ownerProvenance = OwnerProvenance.DESCRIPTOR;
      }
    } else {
      connection.passTo(
          workloads.find(connection.marks.heirTgid, connection.marks.heirStartTime),
          0,
          OwnerProvenance.DESCRIPTOR,
          nowNs);
    }
  }
}
