package io.netspan.receiver.udp;

/** What becomes of flows, on the thread that has the turn. */
public interface FlowListener {
  /** It has counted more since the last time: {@link Flow#sinceLast}. */
  void counted(Flow flow);

  /** After its last {@link #counted}. */
  void ended(Flow flow);
}
