package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.StructLayout;

/** {@code struct tcp_close_event}: a step to CLOSE with the totals of the connection's life. */
public final class TcpCloseEvent extends TcpTotalsEvent {
  static final StructLayout LAYOUT =
      totalsRecord(
          "tcp_close_event",
          "oldstate",
          "tid",
          u32("unacked"),
          u16("sk_err_soft"),
          u8("exit_signal"),
          u8("before_exec"),
          u8("fin_sent"),
          u8("repair"),
          bytes("pad", 2));
  private static final long OLDSTATE = offset(LAYOUT, "oldstate");
  private static final long TID = offset(LAYOUT, "tid");
  private static final long EXIT_SIGNAL = offset(LAYOUT, "exit_signal");
  private static final long UNACKED = offset(LAYOUT, "unacked");
  private static final long SK_ERR_SOFT = offset(LAYOUT, "sk_err_soft");
  private static final long FIN_SENT = offset(LAYOUT, "fin_sent");
  private static final long REPAIR = offset(LAYOUT, "repair");
  private static final long MPTCP = offset(LAYOUT, MPTCP_TOKEN);
  private static final long BEFORE_EXEC = offset(LAYOUT, "before_exec");

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
    return EventType.TCP_CLOSE;
  }

  /** The state before the step. */
  public int oldstate() {
    return readU8(OLDSTATE);
  }

  @Override
  public int unacked() {
    return readU32(UNACKED);
  }

  @Override
  public boolean isFinSent() {
    return readU8(FIN_SENT) != 0;
  }

  /** The errno of the last ICMP error that did not end the connection; 0: none. */
  public int skErrSoft() {
    return readU16(SK_ERR_SOFT);
  }

  /**
   * Whether TCP_REPAIR was on: the connection continues on another socket, and closing sent
   * nothing.
   */
  public boolean isRepaired() {
    return readU8(REPAIR) != 0;
  }

  /** The thread, in the initial pid namespace. */
  public int tid() {
    return readU32(TID);
  }

  /** The signal that the process is dying of; 0: none, or no process ended the connection. */
  public int exitSignal() {
    return readU8(EXIT_SIGNAL);
  }

  /**
   * Whether an exec closed the socket: its program was the one before the program announced last.
   */
  public boolean isBeforeExec() {
    return readU8(BEFORE_EXEC) != 0;
  }
}
