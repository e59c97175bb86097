package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.StructLayout;

/** {@code struct tcp_established_event}: a step to ESTABLISHED. */
public final class TcpEstablishedEvent extends TcpTupleEvent {
  static final StructLayout LAYOUT =
      tupleRecordOfSubflow(
          "tcp_established_event",
          u8("oldstate"),
          u8("beginning"),
          u32("local_isn"),
          u32("remote_isn"),
          u32("srtt_us"),
          u32("total_retrans"),
          u32("device"));
  // enum netspan_beginning
  // enum netspan_beginning
  static final int ACCEPTED = 1;
  static final int EARLY = 2;
  static final int RESTORED = 3;

  private static final long OLDSTATE = offset(LAYOUT, "oldstate");
  private static final long BEGINNING = offset(LAYOUT, "beginning");
  private static final long LOCAL_ISN = offset(LAYOUT, "local_isn");
  private static final long REMOTE_ISN = offset(LAYOUT, "remote_isn");
  private static final long SRTT_US = offset(LAYOUT, "srtt_us");
  private static final long TOTAL_RETRANS = offset(LAYOUT, "total_retrans");
  private static final long MPTCP = offset(LAYOUT, MPTCP_TOKEN);
  private static final long DEVICE = offset(LAYOUT, "device");

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
    return EventType.TCP_ESTABLISHED;
  }

  /** The state before the step. */
  public int oldstate() {
    return readU8(OLDSTATE);
  }

  /** Whether the socket looks like a listener's child. */
  public boolean isAccepted() {
    return readU8(BEGINNING) == ACCEPTED || isEarly();
  }

  /**
   * Whether the process closes the socket before the handshake is over (TCP Fast Open): then it is
   * never in the state ESTABLISHED.
   */
  public boolean isEarly() {
    return readU8(BEGINNING) == EARLY;
  }

  /** Whether TCP_REPAIR created the socket from an earlier socket's connection, without a SYN. */
  public boolean isRestored() {
    return readU8(BEGINNING) == RESTORED;
  }

  /** {@code snd_una - bytes_acked}. */
  public int localIsn() {
    return readU32(LOCAL_ISN);
  }

  /** {@code rcv_nxt - bytes_received}. */
  public int remoteIsn() {
    return readU32(REMOTE_ISN);
  }

  /**
   * Smoothed round-trip time in the kernel's unit, eighths of a microsecond; 0: not measured. If
   * {@link #isEarly()}, the time since the SYN-ACK in the same unit.
   */
  public int srttUs() {
    return readU32(SRTT_US);
  }

  /** Segments sent again so far, the SYN or SYN-ACK included. */
  public int totalRetrans() {
    return readU32(TOTAL_RETRANS);
  }

  /** Index of the network device that the socket is bound to, as its listener is; 0: none. */
  public int device() {
    return readU32(DEVICE);
  }
}
