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
 * Hands tracked connections over when another source of events takes over, which identifies sockets
 * by other keys: the kernel programs by address, polling by cookie. A tracked connection continues
 * under the new key as soon as a socket with the same ends is reported, by a scan or by its
 * destruction.
 *
 * <p>Belongs to the thread that has the turn.
 */
final class Succession {
  /**
   * How many scans may claim connections. A scan can miss a socket while others come and go; the
   * next one finds it.
   */
  private static final int LOOKS = 2;

  private final ConnectionTable table;

  /**
   * The connections that no socket has claimed yet. Of two with the same ends, one was closed
   * unseen.
   */
  private final Map<Ends, Deque<Connection>> unclaimed = new HashMap<>();

  private int looksLeft;

  Succession(ConnectionTable table) {
    this.table = table;
  }

  /** Begins: everything that is tracked now is to be claimed. */
  void begin() {
    unclaimed.clear();
    for (Connection connection : table.all()) {
      if (!connection.isOnlyOwnerKnown()) {
        unclaimed.computeIfAbsent(ends(connection), _ -> new ArrayDeque<>(1)).add(connection);
      }
    }
    looksLeft = LOOKS;
  }

  /** If this socket continues a tracked connection, gives the connection the socket's key. */
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

  /** Whether the connection may still be open although this scan did not find it. */
  boolean awaits(Connection connection) {
    if (looksLeft < LOOKS) {
      return false;
    }
    Deque<Connection> all = unclaimed.get(ends(connection));
    return all != null && all.contains(connection);
  }

  /** Notes that a complete scan has been compared with what is tracked. */
  void scanned() {
    if (looksLeft > 0 && --looksLeft == 0) {
      unclaimed.clear();
    }
  }

  /**
   * The ends as a key. While a client connects, its local end may not be known, since it is chosen
   * after the step that reports the connect.
   */
  private static Ends ends(Connection of) {
    Ends ends = of.ends();
    return of.localPort == 0 ? ends.withoutLocal() : ends;
  }
}
