package io.netspan.receiver.tcp;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.Workload;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.random.RandomGenerator;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The open connections, by socket: where they begin and end, whatever noticed it. Nothing is
 * allocated once as many connections have been open as are now. Belongs to the thread that has the
 * turn, but for the counters.
 */
final class ConnectionTable {
  private static final int MOST_SPARE = 16_384;

  private final Workload nobody;
  private final ConnectionListener listener;
  private final RandomGenerator random;
  private final int most;
  private final Long2ObjectHashMap<Connection> open = new Long2ObjectHashMap<>();
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

  @Nullable Connection get(long sk) {
    return open.get(sk);
  }

  /** Takes it out, to be ended. */
  @Nullable Connection remove(long sk) {
    return open.remove(sk);
  }

  Collection<Connection> all() {
    return open.values();
  }

  /** Open connections. Any thread. */
  int size() {
    return size;
  }

  /**
   * A new connection on this address; what was there has ended unseen. Null, and counted, if there
   * is no room.
   */
  @Nullable Connection begin(long sk, Role role, long nowNs) {
    Connection lost = open.remove(sk);
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
    size = open.size();
    return connection;
  }

  /** One that ends with the event that it begins with. */
  Connection unlisted(long sk, Role role) {
    Connection connection = spare.pollLast();
    if (connection == null) {
      connection = new Connection(nobody);
    }
    connection.reset(sk, role, nobody);
    return connection;
  }

  /** It is known by another key from now on. */
  void rekey(Connection connection, long sk) {
    open.remove(connection.sk);
    connection.sk = sk;
    open.put(sk, connection);
  }

  /** Its end is known only from something that cannot be while it lasts. */
  void endUnseen(Connection connection, long nowNs) {
    boolean reported = !connection.isOnlyOwnerKnown();
    boolean accepted = !reported && connection.ownerProvenance == OwnerProvenance.ACCEPT;
    if (!accepted) { // accept() can return a connection whose reset was reported as its end.
      endUnseen.increment();
    }
    if (!reported) {
      stepsUnseen.add(accepted ? 0 : 2);
      subflows.left(connection);
      recycle(connection); // Nothing but its process is known: no connection to report.
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

  /** It has ended, and will be reported later. */
  void noteEnd(Connection connection) {
    size = open.size();
    if (remembersEnded) {
      ended.add(connection.sk);
    }
  }

  /** The end, with all that is known; it has been removed. */
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

  /** From now on the sockets that end are remembered, until {@link #forgetEnded}. */
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

  /** It is not needed any more: another connection may use the object. */
  void recycle(Connection connection) {
    size = open.size();
    if (spare.size() < MOST_SPARE) {
      spare.addLast(connection);
    }
  }
}
