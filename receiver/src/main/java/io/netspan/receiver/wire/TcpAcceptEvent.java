package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;

import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_accept_event}: accept() has returned a socket, told in the context of the
 * thread that called it. Only where the kernel allows trampolines.
 */
public final class TcpAcceptEvent extends KernelEvent {
  static final StructLayout LAYOUT =
      record("tcp_accept_event", u64("sk"), u64("start_time"), u32("tgid"), u32("tid"));
  private static final long SK = offset(LAYOUT, "sk");
  private static final long START_TIME = offset(LAYOUT, "start_time");
  private static final long TGID = offset(LAYOUT, "tgid");
  private static final long TID = offset(LAYOUT, "tid");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_ACCEPT;
  }

  /**
   * The address of the {@code struct sock}: joins the records of one socket, never leaves the
   * process.
   */
  public long sk() {
    return readU64(SK);
  }

  /** Start of the process: CLOCK_BOOTTIME ns of its leader; 0 if there is no owner. */
  public long startTime() {
    return readU64(START_TIME);
  }

  /** The process, in the initial pid namespace; 0: nobody, a kernel thread. */
  public int tgid() {
    return readU32(TGID);
  }

  /** The thread, in the initial pid namespace. */
  public int tid() {
    return readU32(TID);
  }
}
