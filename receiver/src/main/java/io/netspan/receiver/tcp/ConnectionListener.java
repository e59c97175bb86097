package io.netspan.receiver.tcp;

/**
 * Is notified of connections, on the thread that has the turn. Connections are lent for the call;
 * between the calls for one connection its {@link Connection#mark()} is the listener's.
 */
public interface ConnectionListener {
  /** A connection is being opened, or is found established: the first that is heard of it. */
  void opened(Connection connection);

  /** The state, or the owner, of an open connection changed. */
  void changed(Connection connection);

  /** A pass has brought an open connection up to date: its counters, its state, its owner. */
  void refreshed(Connection connection);

  /** The end. After {@link #opened}, or alone where nothing was seen before the end. */
  void closed(Connection connection);

  /**
   * The connection has ended, and {@link #closed} follows within a second, when more is known about
   * its other end.
   */
  default void ended(Connection connection) {}

  /**
   * All events until then have been seen.
   *
   * @param ns CLOCK_BOOTTIME
   */
  default void readUpTo(long ns) {}
}
