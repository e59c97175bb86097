package io.netspan.receiver.udp;

import java.util.Collection;

/** Is notified of flows, on the thread that has the turn. */
public interface FlowListener {
  /**
   * Datagrams were counted since the last time, see {@link Flow#sinceLast}. The processes at both
   * ends are identified, unless the flow has ended.
   */
  void counted(Flow flow);

  /** The flow has ended. Comes after its last {@link #counted}. */
  void ended(Flow flow);

  /**
   * All flows were read, and this is the end of the pass.
   *
   * @param nowNs CLOCK_BOOTTIME at its beginning
   * @param open the flows that have not ended
   */
  default void passed(long nowNs, Collection<Flow> open) {}

  /** CLOCK_BOOTTIME ns at which the next pass should begin, if not earlier for other reasons. */
  default long passDueNs() {
    return Long.MAX_VALUE;
  }
}
