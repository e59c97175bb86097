package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.workload.Workload;
import org.jspecify.annotations.Nullable;

/** A bounded queue of connections. Nothing is allocated when one is added or removed. */
final class WaitingConnections {
  static final int MOST = 16_384;

  private final @Nullable Connection[] connections = new Connection[MOST];
  private final @Nullable Workload[] peers = new Workload[MOST];
  private final long[] since = new long[MOST];
  private int head;
  private int size;

  /** How many of the last entries were added since {@link #date}. */
  private int undated;

  private long added;

  boolean isEmpty() {
    return size == 0;
  }

  boolean isFull() {
    return size == MOST;
  }

  /**
   * Adds a connection, for which there must be room.
   *
   * @param peer the process at the other end; null if it is not known
   * @return the number of the entry, which no other entry has
   */
  long add(Connection connection, @Nullable Workload peer) {
    int tail = (head + size) & (MOST - 1);
    connections[tail] = connection;
    peers[tail] = peer;
    size++;
    undated++;
    return added++;
  }

  /** Sets the time since when those wait that were added since the last call. */
  void date(long ns) {
    for (; undated > 0; undated--) {
      since[(head + size - undated) & (MOST - 1)] = ns;
    }
  }

  /** The connection that waits for the longest time. */
  Connection first() {
    Connection first = connections[head];
    if (size == 0 || first == null) {
      throw new IllegalStateException("no connection waits");
    }
    return first;
  }

  long numberOfFirst() {
    return added - size;
  }

  @Nullable Workload peerOfFirst() {
    return peers[head];
  }

  /** {@link Long#MAX_VALUE} if it was added after the last {@link #date}. */
  long sinceOfFirst() {
    return undated == size ? Long.MAX_VALUE : since[head];
  }

  void removeFirst() {
    connections[head] = null;
    peers[head] = null;
    head = (head + 1) & (MOST - 1);
    undated = Math.min(undated, size - 1);
    size--;
  }
}
