package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_closing_event}: the first step of this side's close, reported in the context of
 * the process that closes.
 */
public final class TcpClosingEvent extends TcpProcessEvent {
  static final StructLayout LAYOUT =
      processRecord(
          "tcp_closing_event",
          u32("newstate"),
          u8("exit_signal"),
          u8("before_exec"),
          bytes("pad", 2),
          u32("mptcp_token"),
          u32("net_ns"));
  private static final long NEWSTATE = offset(LAYOUT, "newstate");
  private static final long EXIT_SIGNAL = offset(LAYOUT, "exit_signal");
  private static final long BEFORE_EXEC = offset(LAYOUT, "before_exec");
  private static final long MPTCP_TOKEN = offset(LAYOUT, "mptcp_token");
  private static final long NET_NS = offset(LAYOUT, "net_ns");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_CLOSING;
  }

  /** {@code TCP_FIN_WAIT1} or {@code TCP_LAST_ACK}. */
  public int newstate() {
    return readU32(NEWSTATE);
  }

  /** The signal that the process is dying of; 0: none. */
  public int exitSignal() {
    return readU8(EXIT_SIGNAL);
  }

  /**
   * Whether an exec closed the socket: its program was the one before the program announced last.
   */
  public boolean isBeforeExec() {
    return readU8(BEFORE_EXEC) != 0;
  }

  /**
   * If not 0, an MPTCP connection with this token takes the step, so it applies to all its
   * subflows; {@link #sk()} is none of them.
   */
  public int mptcpToken() {
    return readU32(MPTCP_TOKEN);
  }

  /** The inode of that connection's network namespace. */
  public int netns() {
    return readU32(NET_NS);
  }
}
