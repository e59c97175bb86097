package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;

/** The events that have the counters of {@code struct tcp_sock}, all at the same offsets. */
public abstract sealed class TcpTotalsEvent extends TcpTupleEvent
    permits TcpCloseEvent, TcpSocketEvent {
  private static final int NO_RTT = -1;
  private static final StructLayout PREFIX = totalsRecord("totals", "state", "tid");
  private static final long SK_ERR = offset(PREFIX, "sk_err");
  private static final long ACCEPTED = offset(PREFIX, "accepted");
  private static final long FIN_RECEIVED = offset(PREFIX, "fin_received");
  private static final long SK_SHUTDOWN = offset(PREFIX, "sk_shutdown");
  private static final long START_TIME = offset(PREFIX, "start_time");
  private static final long BYTES_SENT = offset(PREFIX, "bytes_sent");
  private static final long BYTES_RETRANS = offset(PREFIX, "bytes_retrans");
  private static final long BYTES_ACKED = offset(PREFIX, "bytes_acked");
  private static final long BYTES_RECEIVED = offset(PREFIX, "bytes_received");
  private static final long TGID = offset(PREFIX, "tgid");
  private static final long LOCAL_ISN = offset(PREFIX, "local_isn");
  private static final long REMOTE_ISN = offset(PREFIX, "remote_isn");
  private static final long SRTT_US = offset(PREFIX, "srtt_us");
  private static final long RTT_MIN_US = offset(PREFIX, "rtt_min_us");
  private static final long TOTAL_RETRANS = offset(PREFIX, "total_retrans");
  private static final long SEGS_IN = offset(PREFIX, "segs_in");
  private static final long SEGS_OUT = offset(PREFIX, "segs_out");

  TcpTotalsEvent() {}

  static StructLayout totalsRecord(
      String name, String state, String thread, MemoryLayout... members) {
    List<MemoryLayout> all =
        new ArrayList<>(
            List.of(
                u16("sk_err"),
                u8(state),
                u8("accepted"),
                u8("fin_received"),
                u8("sk_shutdown"),
                u64("start_time"),
                u64("bytes_sent"),
                u64("bytes_retrans"),
                u64("bytes_acked"),
                u64("bytes_received"),
                u32("tgid"),
                u32(thread),
                u32("local_isn"),
                u32("remote_isn"),
                u32("srtt_us"),
                u32("rtt_min_us"),
                u32("total_retrans"),
                u32("segs_in"),
                u32("segs_out")));
    all.addAll(List.of(members));
    return tupleRecordOfSubflow(name, all.toArray(MemoryLayout[]::new));
  }

  /** The errno pending on the socket; 0: none. */
  public final int skErr() {
    return readU16(SK_ERR);
  }

  /** Whether the socket looks like a listener's child; false after {@code listen(fd, 0)} too. */
  public final boolean isAccepted() {
    return readU8(ACCEPTED) != 0;
  }

  /** 1 if the other end's FIN came. */
  public final int finReceived() {
    return readU8(FIN_RECEIVED);
  }

  /** {@code RCV_SHUTDOWN} 1, {@code SEND_SHUTDOWN} 2. */
  public final int skShutdown() {
    return readU8(SK_SHUTDOWN);
  }

  /** Start of the process: CLOCK_BOOTTIME ns of its leader; 0 if there is no owner. */
  public final long startTime() {
    return readU64(START_TIME);
  }

  /** Payload bytes sent, retransmissions included. */
  public final long bytesSent() {
    return readU64(BYTES_SENT);
  }

  /** Payload bytes retransmitted. */
  public final long bytesRetrans() {
    return readU64(BYTES_RETRANS);
  }

  /** Acknowledged sequence numbers, our SYN and FIN included. */
  public final long bytesAcked() {
    return readU64(BYTES_ACKED);
  }

  /** Received sequence numbers, a FIN included. */
  public final long bytesReceived() {
    return readU64(BYTES_RECEIVED);
  }

  /**
   * Sent and not acknowledged, our SYN and FIN included; counted by sequence numbers, so each
   * counts once.
   */
  public abstract int unacked();

  /** Whether our FIN is among what was sent. */
  public abstract boolean isFinSent();

  /** The sequence numbers of what was sent: the payload, and our SYN if there was one. */
  private long sequencesSent() {
    return bytesAcked() + unacked() - (isFinSent() ? 1 : 0);
  }

  /**
   * Payload sent, each byte counted once. This is computed from sequence numbers, since {@link
   * #bytesSent()} counts what the stack refused to send (an output filter, no route) at each
   * attempt.
   *
   * @param synsSent 1 if the socket sent a SYN, 0 if it was accepted
   */
  public final long payloadSent(int synsSent) {
    return Math.max(0, sequencesSent() - synsSent);
  }

  /**
   * 1 if the socket sent a SYN, 0 if it did not and so is a server's, -1 if unknown: the SYN is the
   * difference between the sequence numbers and the payload, unless the stack refused to send some
   * of the payload.
   */
  public int synsSent() {
    long beyond = sequencesSent() - (bytesSent() - bytesRetrans());
    return beyond == 0 || beyond == 1 ? (int) beyond : -1;
  }

  /** Payload bytes received, without the FIN that bytes_received counts as one. */
  public final long payloadReceived() {
    return Math.max(0, bytesReceived() - finReceived());
  }

  /** The process, in the initial pid namespace; 0: unknown. */
  public final int tgid() {
    return readU32(TGID);
  }

  /** {@code snd_una - bytes_acked}. */
  public final int localIsn() {
    return readU32(LOCAL_ISN);
  }

  /** {@code rcv_nxt - bytes_received}. */
  public final int remoteIsn() {
    return readU32(REMOTE_ISN);
  }

  /** Smoothed round-trip time in microseconds (the kernel counts eighths); 0: not measured. */
  public final int smoothedRttUs() {
    return readU32(SRTT_US) >>> 3;
  }

  /** Least round-trip time in microseconds; 0: not measured. */
  public final int leastRttUs() {
    return rttUs(readU32(RTT_MIN_US));
  }

  static int rttUs(int least) {
    return least == NO_RTT ? 0 : least;
  }

  /** Segments sent again. */
  public final int totalRetrans() {
    return readU32(TOTAL_RETRANS);
  }

  /** Segments received. */
  public final int segsIn() {
    return readU32(SEGS_IN);
  }

  /** Segments sent. */
  public final int segsOut() {
    return readU32(SEGS_OUT);
  }
}
