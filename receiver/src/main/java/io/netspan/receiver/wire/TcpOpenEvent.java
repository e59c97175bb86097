package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;

import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_open_event}: a step from CLOSE to SYN_SENT, reported in the context of the
 * thread that connects.
 */
public final class TcpOpenEvent extends TcpTupleEvent {
  static final StructLayout LAYOUT =
      tupleRecordOfSubflow(
          "tcp_open_event",
          u16("pad"),
          u32("rtt_min_us"),
          u64("start_time"),
          u32("tgid"),
          u32("tid"));
  private static final long RTT_MIN_US = offset(LAYOUT, "rtt_min_us");
  private static final long START_TIME = offset(LAYOUT, "start_time");
  private static final long TGID = offset(LAYOUT, "tgid");
  private static final long TID = offset(LAYOUT, "tid");
  private static final long MPTCP = offset(LAYOUT, MPTCP_TOKEN);

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  long mptcpOffset() {
    return MPTCP;
  }

  @Override
  EventType type() {
    return EventType.TCP_OPEN;
  }

  /**
   * Least round-trip time in microseconds that the socket still has from its last connection; 0:
   * none.
   */
  public int earlierRttUs() {
    return TcpTotalsEvent.rttUs(readU32(RTT_MIN_US));
  }

  /** Start of the process: CLOCK_BOOTTIME ns of its leader; 0 if there is no owner. */
  public long startTime() {
    return readU64(START_TIME);
  }

  /** The process, in the initial pid namespace; 0: unknown. */
  public int tgid() {
    return readU32(TGID);
  }

  /** The thread, in the initial pid namespace. */
  public int tid() {
    return readU32(TID);
  }
}
