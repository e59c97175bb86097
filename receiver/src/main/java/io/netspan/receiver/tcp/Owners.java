package io.netspan.receiver.tcp;

import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;

/**
 * Decides which process a connection belongs to, by what is known so far. Stronger knowledge
 * replaces weaker:
 *
 * <pre>
 *   connected     the thread that connected; another process only by its descriptor
 *   accepted      the listener's owner  &lt;  the acceptor  &lt;  the descriptor's holder  &lt;  the closer
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

  /** Sets the process of the thread that connects. */
  void connected(Connection connection, int tgid, long startTime, int tid) {
    connection.ownedBy(workloads.find(tgid, startTime), tid, OwnerProvenance.CONNECT);
  }

  /** Sets the process that listens where the connection was accepted, if it is known. */
  void accepted(Connection connection) {
    Workload owner = listeners.acceptor(connection);
    if (owner != null && owner.isKnown()) {
      connection.ownedBy(workloads.latest(owner), 0, OwnerProvenance.LISTENER);
    }
  }

  /** Sets the process of the thread whose accept() returned the connection. */
  void acceptedBy(Connection connection, int tgid, long startTime, int tid) {
    if (tgid != 0) {
      connection.ownedBy(workloads.find(tgid, startTime), tid, OwnerProvenance.ACCEPT);
    }
  }

  /**
   * Sets the process that closed the connection. For an accepted connection it is the one that
   * served it. A process that connected stays the owner, unless its connect was not seen; but it
   * may run another program since.
   *
   * @param beforeExec whether an exec closed it, so that it belonged to the program before the exec
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

  /** Takes what a complete pass has found about the processes that have a descriptor. */
  void found(Connection connection, long nowNs) {
    PassMarks.Heir heir = connection.heir;
    if (connection.heldByOwner) {
      connection.owner = workloads.latest(connection.owner); // after an exec, another
      if (connection.ownerProvenance == OwnerProvenance.LISTENER
          || connection.ownerProvenance == OwnerProvenance.SUBFLOW) {
        connection.ownerProvenance = OwnerProvenance.DESCRIPTOR;
      }
    } else if (heir != null) { // else not accepted yet, or closed by its process
      connection.passTo(
          workloads.find(heir.tgid(), heir.startTime()), 0, OwnerProvenance.DESCRIPTOR, nowNs);
    }
  }
}
