package io.netspan.receiver.tcp;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.Workload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The open connections, by socket. They begin and end here, whether an event or a pass noticed it.
 * Objects are reused, so nothing is allocated unless more connections are open than ever before.
 * Belongs to the thread that has the turn, except for the counters.
 */
final class ConnectionTable {
  private static final int MOST_SPARE = 16_384;

  private final Workload nobody;
  private final ConnectionListener listener;
  private final RandomGenerator random;
  private final int most;
  private final Long2ObjectHashMap<Connection> open = new Long2ObjectHashMap<>();

  /**
   * The same connections. Most are in the order in which they began, and so in memory, which makes
   * going through them several times as fast.
   */
  private final List<Connection> all = new ArrayList<>();

  private @Nullable Connection lastFound;
  private final ArrayDeque<Connection> spare = new ArrayDeque<>();
  private final LongHashSet ended = new LongHashSet();
  private boolean remembersEnded;
  private volatile int size;

  final Subflows subflows = new Subflows();

  final SingleWriterCounter endSeen = new SingleWriterCounter();
  final SingleWriterCounter endUnseen = new SingleWriterCounter();
  final SingleWriterCounter beginningUnseen = new SingleWriterCounter();
  final SingleWriterCounter stepsUnseen = new SingleWriterCounter();
  final SingleWriterCounter full = new SingleWriterCounter();

  ConnectionTable(
      Workload nobody, ConnectionListener listener, RandomGenerator random, int mostConnections) {
    this.nobody = nobody;
    this.listener = listener;
    this.random = random;
    this.most = mostConnections;
  }

  /**
   * The connection of a socket. If it was opened before the start, or its events were lost, a new
   * one is added, about which nothing is known until a pass finds it or it ends.
   */
  @Nullable Connection known(long sk, long nowNs) {
    Connection connection = get(sk);
    return connection != null ? connection : begin(sk, Role.CLIENT, nowNs);
  }

  @Nullable Connection get(long sk) {
    return open.get(sk);
  }

  /** Removes the connection of a socket, to be ended. */
  @Nullable Connection remove(long sk) {
    Connection connection = open.remove(sk);
    if (connection != null) {
      Connection last = all.removeLast();
      if (last != connection) {
        all.set(connection.place, last);
        last.place = connection.place;
      }
      connection.place = PassMarks.NOWHERE;
    }
    return connection;
  }

  /** A new pass begins, which will ask by {@link #found}. */
  void passes() {
    lastFound = null;
  }

  /**
   * As {@link #get}, for the sockets that a pass finds: mostly in the order of the pass before, and
   * then without a look-up.
   */
  @Nullable Connection found(long sk) {
    Connection before = lastFound;
    Connection expected = before == null ? null : before.next;
    if (expected != null && expected.sk == sk && expected.place != PassMarks.NOWHERE) {
      lastFound = expected;
      return expected;
    }
    Connection connection = open.get(sk);
    if (connection != null) {
      if (before != null) {
        before.next = connection;
      }
      lastFound = connection;
    }
    return connection;
  }

  /** The open connections. One that is removed is replaced by the last one. */
  List<Connection> all() {
    return Collections.unmodifiableList(all);
  }

  /** The number of open connections. May be called by any thread. */
  int size() {
    return size;
  }

  /**
   * Adds a new connection on this address; an earlier one there has ended unseen. Returns null, and
   * counts it, if there is no room.
   */
  @Nullable Connection begin(long sk, Role role, long nowNs) {
    Connection lost = remove(sk);
    if (lost != null) {
      endUnseen(lost, nowNs);
    }
    if (open.size() >= most) {
      full.increment();
      return null;
    }
    Connection connection = unlisted(sk, role);
    connection.lastEventNs = nowNs;
    open.put(sk, connection);
    connection.place = all.size();
    all.add(connection);
    size = open.size();
    return connection;
  }

  /** A connection that is not in the table, because the first event of it is its end. */
  Connection unlisted(long sk, Role role) {
    Connection connection = spare.pollLast();
    if (connection == null) {
      connection = new Connection(nobody);
    }
    connection.reset(sk, role, nobody);
    return connection;
  }

  /** Gives the connection another key. */
  void rekey(Connection connection, long sk) {
    open.remove(connection.sk);
    connection.sk = sk;
    open.put(sk, connection);
  }

  /** Ends a connection whose end was not seen, but must have happened. */
  void endUnseen(Connection connection, long nowNs) {
    boolean reported = !connection.isOnlyOwnerKnown();
    boolean accepted = !reported && connection.ownerProvenance == OwnerProvenance.ACCEPT;
    if (!accepted) { // accept() can return a connection whose reset was reported as its end.
      endUnseen.increment();
    }
    if (!reported) {
      stepsUnseen.add(accepted ? 0 : 2);
      subflows.left(connection);
      recycle(connection); // Only its process is known, so there is nothing to report.
      return;
    }
    connection.closedNs = nowNs;
    if (connection.provenance != Provenance.POLLED) {
      connection.provenance = Provenance.INFERRED;
      stepsUnseen.increment();
    }
    connection.reason = CloseReason.UNKNOWN;
    end(connection);
  }

  /** Notes that a connection has ended, which is reported later. */
  void noteEnd(Connection connection) {
    size = open.size();
    if (remembersEnded) {
      ended.add(connection.sk);
    }
  }

  /** Reports the end of a connection that has been removed from the table. */
  void end(Connection connection) {
    noteEnd(connection);
    if (!connection.identified) {
      connection.pair = random.nextLong();
    }
    listener.closed(connection);
    subflows.left(connection);
    if (!connection.isKept()) {
      recycle(connection);
    }
  }

  /** Starts remembering the sockets that end, until {@link #forgetEnded}. */
  void rememberEnded() {
    remembersEnded = true;
  }

  void forgetEnded() {
    remembersEnded = false;
    ended.clear();
  }

  /** Whether a connection on this address has ended since {@link #rememberEnded}. */
  boolean hasEnded(long sk) {
    return ended.contains(sk);
  }

  /** Makes the object available for another connection. */
  void recycle(Connection connection) {
    size = open.size();
    if (spare.size() < MOST_SPARE) {
      spare.addLast(connection);
    }
  }
}
