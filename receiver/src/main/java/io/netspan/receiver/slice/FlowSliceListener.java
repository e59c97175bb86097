package io.netspan.receiver.slice;

import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowListener;

/** Is notified of slices of flows, and of their ends. Called by the thread that has the turn. */
public interface FlowSliceListener extends FlowListener {
  /**
   * A slice of a flow that goes on has ended: {@link Flow#sliced} says where it began and ended.
   */
  void sliceEnded(Flow flow);

  /** Whether more slices are welcome, or should wait until the earlier ones have been exported. */
  boolean hasRoom();
}
