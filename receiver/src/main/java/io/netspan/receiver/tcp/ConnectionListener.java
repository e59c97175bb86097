package io.netspan.receiver.tcp;

import java.util.Collection;

/**
 * Is notified of connections, on the thread that has the turn. A connection may be used during the
 * call only; between the calls for one connection, its {@link Connection#mark()} belongs to the
 * listener.
 */
public interface ConnectionListener {
  /** A connection is being opened, or was found established: the first call for this connection. */
  void opened(Connection connection);

  /** The state, or the owner, of an open connection changed. */
  void changed(Connection connection);

  /** A pass has brought an open connection up to date: its counters, its state, its owner. */
  void refreshed(Connection connection);

  /**
   * The connection has ended. Comes after {@link #opened}, or alone if nothing was seen before the
   * end.
   */
  void closed(Connection connection);

  /**
   * The connection has ended. {@link #closed} follows within about a second, when more is known
   * about the other end.
   */
  default void ended(Connection connection) {}

  /**
   * All events until then have been seen.
   *
   * @param ns CLOCK_BOOTTIME
   */
  default void readUpTo(long ns) {}

  /**
   * CLOCK_BOOTTIME ns at which {@link #readUpTo} should be called next, if nothing else happens.
   */
  default long readDueNs() {
    return Long.MAX_VALUE;
  }

  /**
   * A pass is complete: {@link #refreshed} was called for every connection that is open.
   *
   * @param beganNs CLOCK_BOOTTIME; the counters are not older
   */
  default void passed(long beganNs, Collection<Connection> open) {}

  /** CLOCK_BOOTTIME ns at which the next pass should begin, if none is due before. */
  default long passDueNs() {
    return Long.MAX_VALUE;
  }
}
