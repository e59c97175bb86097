package io.netspan.receiver.slice;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;

/**
 * Is notified of slices, and of the ends of connections. Called by the thread that has the turn.
 */
public interface SliceListener extends ConnectionListener {
  /**
   * A slice of an open connection has ended: {@link io.netspan.receiver.tcp.Connection#sliced} says
   * where it began and ended.
   */
  void sliceEnded(Connection connection);

  /** Whether more slices are welcome, or should wait until the earlier ones have been exported. */
  boolean hasRoom();
}
