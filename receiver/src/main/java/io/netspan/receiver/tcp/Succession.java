package io.netspan.receiver.tcp;

import io.netspan.receiver.net.Ends;
import io.netspan.receiver.net.SocketFacts;
import io.netspan.receiver.net.TcpState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When another way of watching takes over, it knows sockets by other keys: the kernel programs by
 * address, polling by cookie. What is tracked goes on under the new key as soon as a socket with
 * the same ends is reported, by a scan or by its destruction.
 *
 * <p>Belongs to the thread that has the turn.
 */
final class Succession {
  /** A look can miss a socket while others come and go; the next one will have it. */
  private static final int LOOKS = 2;

  private final ConnectionTable table;

  /** Of two open connections with the same ends one was closed unseen. */
  private final Map<Ends, Deque<Connection>> unclaimed = new HashMap<>();

  private int looksLeft;

  Succession(ConnectionTable table) {
    this.table = table;
  }

  /** What is tracked now is to be claimed. */
  void begin() {
    unclaimed.clear();
    for (Connection connection : table.all()) {
      if (!connection.isOnlyOwnerKnown()) {
        unclaimed.computeIfAbsent(ends(connection), _ -> new ArrayDeque<>(1)).add(connection);
      }
    }
    looksLeft = LOOKS;
  }

  /** Gives the connection that this socket continues its key, if there is one. */
  void claim(SocketFacts facts) {
    if (unclaimed.isEmpty() || table.get(facts.sk()) != null) {
      return;
    }
    Connection connection = take(Ends.of(facts));
    if (connection == null && facts.state() == TcpState.TCP_SYN_SENT) {
      connection = take(Ends.of(facts).withoutLocal());
    }
    if (connection != null) {
      table.rekey(connection, facts.sk());
    }
  }

  private @Nullable Connection take(Ends ends) {
    Deque<Connection> all = unclaimed.get(ends);
    return all == null ? null : all.pollLast();
  }

  /** Whether it may be there still, though this look did not find it. */
  boolean awaits(Connection connection) {
    if (looksLeft < LOOKS) {
      return false;
    }
    Deque<Connection> all = unclaimed.get(ends(connection));
    return all != null && all.contains(connection);
  }

  /** A whole look has been compared with what is tracked. */
  void looked() {
    if (looksLeft > 0 && --looksLeft == 0) {
      unclaimed.clear();
    }
  }

  /** The local end of one that connects is chosen after the step that reports it. */
  private static Ends ends(Connection of) {
    Ends ends = of.ends();
    return of.localPort == 0 ? ends.withoutLocal() : ends;
  }
}
