package io.netspan.receiver.tcp;

import io.netspan.receiver.net.SubflowFacts;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The open subflows of each MPTCP connection. They belong to one process, which opens or accepts
 * only the first of them. The cost is nothing where MPTCP is not used. Belongs to the thread that
 * has the turn.
 */
final class Subflows {
  private final Long2ObjectHashMap<List<Connection>> byConnection = new Long2ObjectHashMap<>();

  /**
   * The key of an MPTCP connection. A token is used by one MPTCP connection of a network namespace
   * at a time.
   */
  private static long key(int netns, int token) {
    return (long) netns << 32 | Integer.toUnsignedLong(token);
  }

  /** Takes the subflow's kind and token from a record. The ends of the connection must be set. */
  void add(Connection connection, SubflowFacts facts) {
    Subflow kind = Subflow.of(facts.mptcpSubflow());
    if (kind != Subflow.NONE) {
      connection.subflow = kind;
    }
    int token = facts.mptcpToken();
    if (token != 0 && connection.mptcp == 0) {
      connection.mptcp = key(connection.netns, token);
      List<Connection> all =
          byConnection.computeIfAbsent(connection.mptcp, _ -> new ArrayList<>(2));
      all.add(connection);
      inherit(connection, all);
    }
  }

  private static void inherit(Connection connection, List<Connection> all) {
    if (connection.subflow != Subflow.JOIN || connection.owner.isKnown()) {
      return;
    }
    for (Connection other : all) {
      if (other.owner.isKnown()) {
        connection.ownedBy(other.owner, 0, OwnerProvenance.SUBFLOW);
        return;
      }
    }
  }

  /** Gives the other subflows the owner of this one, which has become known. */
  void share(Connection known) {
    for (Connection other : of(known.mptcp)) {
      if (!other.owner.isKnown() || other.ownerProvenance == OwnerProvenance.SUBFLOW) {
        other.ownedBy(known.owner, 0, OwnerProvenance.SUBFLOW);
      }
    }
  }

  /** The open subflows of one MPTCP connection. */
  List<Connection> of(int netns, int token) {
    return of(key(netns, token));
  }

  private List<Connection> of(long key) {
    return byConnection.getOrDefault(key, List.of());
  }

  /** Removes a subflow that has ended. */
  void left(Connection connection) {
    if (connection.mptcp == 0) {
      return;
    }
    List<Connection> all = of(connection.mptcp);
    all.remove(connection);
    if (all.isEmpty()) {
      byConnection.remove(connection.mptcp);
    }
  }

  /** MPTCP connections with an open subflow. */
  int size() {
    return byConnection.size();
  }
}
