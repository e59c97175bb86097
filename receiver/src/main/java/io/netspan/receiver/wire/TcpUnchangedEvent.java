package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_unchanged_event}: a pass has found a descriptor of a connection on which
 * nothing has happened since the pass before. The record comes from an iterator, not from the ring;
 * its time is that at which the pass began.
 */
public final class TcpUnchangedEvent extends KernelEvent {
  static final StructLayout LAYOUT =
      record(
          "tcp_unchanged_event",
          u64("sk"),
          u64("start_time"),
          u32("tgid"),
          u8("state"),
          bytes("pad", 3));
  private static final long SK = offset(LAYOUT, "sk");
  private static final long START_TIME = offset(LAYOUT, "start_time");
  private static final long TGID = offset(LAYOUT, "tgid");
  private static final long STATE = offset(LAYOUT, "state");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_UNCHANGED;
  }

  /** The address of the {@code struct sock}: never leaves the process. */
  public long sk() {
    return readU64(SK);
  }

  /** The process that has the descriptor, in the initial pid namespace. */
  public int tgid() {
    return readU32(TGID);
  }

  /** Start of that process: CLOCK_BOOTTIME ns of its leader. */
  public long startTime() {
    return readU64(START_TIME);
  }

  /** The kernel's state. */
  public int state() {
    return readU8(STATE);
  }
}
