package io.netspan.receiver.udp;

/** Is notified of flows, on the thread that has the turn. */
public interface FlowListener {
  /** Datagrams were counted since the last time, see {@link Flow#sinceLast}. */
  void counted(Flow flow);

  /** The flow has ended. Comes after its last {@link #counted}. */
  void ended(Flow flow);
}
