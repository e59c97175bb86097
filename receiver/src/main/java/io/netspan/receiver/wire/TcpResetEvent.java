package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u64;

import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_reset_event}: a reset was sent from a socket that an error had closed just
 * before, so this kernel broke the connection off and not the other end.
 */
public final class TcpResetEvent extends KernelEvent {
  static final StructLayout LAYOUT = record("tcp_reset_event", u64("sk"));
  private static final long SK = offset(LAYOUT, "sk");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_RESET;
  }

  /**
   * The address of the {@code struct sock}: joins the records of one socket, never leaves the
   * process.
   */
  public long sk() {
    return readU64(SK);
  }
}
