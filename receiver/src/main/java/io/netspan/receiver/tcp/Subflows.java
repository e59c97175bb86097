package io.netspan.receiver.tcp;

import io.netspan.receiver.net.SubflowFacts;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The open subflows of each MPTCP connection: they belong to one process, which opens and accepts
 * the first of them only. Costs nothing where there is no MPTCP. Belongs to the thread that has the
 * turn.
 */
final class Subflows {
  private final Long2ObjectHashMap<List<Connection>> byConnection = new Long2ObjectHashMap<>();

  /** A token is given to one MPTCP connection of a network namespace at a time. */
  private static long key(int netns, int token) {
    return (long) netns << 32 | Integer.toUnsignedLong(token);
  }

  /** Takes what a record says; the connection's ends are set. */
  void told(Connection connection, SubflowFacts facts) {
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

  /** Who has this one has become known: it has the others too. */
  void share(Connection known) {
    for (Connection other : of(known.mptcp)) {
      if (!other.owner.isKnown() || other.ownerProvenance == OwnerProvenance.SUBFLOW) {
        other.ownedBy(known.owner, 0, OwnerProvenance.SUBFLOW);
      }
    }
  }

  /** Those of one MPTCP connection. */
  List<Connection> of(int netns, int token) {
    return of(key(netns, token));
  }

  private List<Connection> of(long key) {
    return byConnection.getOrDefault(key, List.of());
  }

  /** It has ended. */
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
