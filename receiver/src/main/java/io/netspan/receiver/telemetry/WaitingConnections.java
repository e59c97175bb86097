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
   */
  void add(Connection connection, @Nullable Workload peer, long sinceNs) {
    int tail = (head + size) & (MOST - 1);
    connections[tail] = connection;
    peers[tail] = peer;
    since[tail] = sinceNs;
    size++;
  }

  /** The connection that waits for the longest time. */
  Connection first() {
    Connection first = connections[head];
    if (size == 0 || first == null) {
      throw new IllegalStateException("no connection waits");
    }
    return first;
  }

  @Nullable Workload peerOfFirst() {
    return peers[head];
  }

  long sinceOfFirst() {
    return since[head];
  }

  void removeFirst() {
    connections[head] = null;
    peers[head] = null;
    head = (head + 1) & (MOST - 1);
    size--;
  }
}
