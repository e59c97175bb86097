package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.StructLayout;

/** {@code struct tcp_close_event}: a step to CLOSE with the totals of the connection's life. */
public final class TcpCloseEvent extends TcpTupleEvent {
  static final StructLayout LAYOUT =
      tupleRecord(
          "tcp_close_event",
          u16("sk_err"),
          u8("oldstate"),
          u8("accepted"),
          u8("fin_received"),
          u8("pad"),
          u64("start_time"),
          u64("bytes_sent"),
          u64("bytes_retrans"),
          u64("bytes_acked"),
          u64("bytes_received"),
          u32("tgid"),
          u32("tid"),
          u32("local_isn"),
          u32("remote_isn"),
          u32("srtt_us"),
          u32("rtt_min_us"),
          u32("total_retrans"),
          u32("segs_in"),
          u32("segs_out"),
          u32("data_segs_in"),
          u32("data_segs_out"),
          u32("pad2"));
  private static final long SK_ERR = offset(LAYOUT, "sk_err");
  private static final long OLDSTATE = offset(LAYOUT, "oldstate");
  private static final long ACCEPTED = offset(LAYOUT, "accepted");
  private static final long FIN_RECEIVED = offset(LAYOUT, "fin_received");
  private static final long START_TIME = offset(LAYOUT, "start_time");
  private static final long BYTES_SENT = offset(LAYOUT, "bytes_sent");
  private static final long BYTES_RETRANS = offset(LAYOUT, "bytes_retrans");
  private static final long BYTES_ACKED = offset(LAYOUT, "bytes_acked");
  private static final long BYTES_RECEIVED = offset(LAYOUT, "bytes_received");
  private static final long TGID = offset(LAYOUT, "tgid");
  private static final long TID = offset(LAYOUT, "tid");
  private static final long LOCAL_ISN = offset(LAYOUT, "local_isn");
  private static final long REMOTE_ISN = offset(LAYOUT, "remote_isn");
  private static final long SRTT_US = offset(LAYOUT, "srtt_us");
  private static final long RTT_MIN_US = offset(LAYOUT, "rtt_min_us");
  private static final long TOTAL_RETRANS = offset(LAYOUT, "total_retrans");
  private static final long SEGS_IN = offset(LAYOUT, "segs_in");
  private static final long SEGS_OUT = offset(LAYOUT, "segs_out");
  private static final long DATA_SEGS_IN = offset(LAYOUT, "data_segs_in");
  private static final long DATA_SEGS_OUT = offset(LAYOUT, "data_segs_out");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_CLOSE;
  }

  /** The errno pending on the socket; 0: none. */
  public int skErr() {
    return readU16(SK_ERR);
  }

  /** The state left. */
  public int oldstate() {
    return readU8(OLDSTATE);
  }

  /** 1 if the socket looks like a listener's child. */
  public int accepted() {
    return readU8(ACCEPTED);
  }

  /** 1 if the other end's FIN came. */
  public int finReceived() {
    return readU8(FIN_RECEIVED);
  }

  /** Start of the process: CLOCK_BOOTTIME ns of its leader; 0 if there is no owner. */
  public long startTime() {
    return readU64(START_TIME);
  }

  /** Payload sent, what was sent again included. */
  public long bytesSent() {
    return readU64(BYTES_SENT);
  }

  /** Payload sent again. */
  public long bytesRetrans() {
    return readU64(BYTES_RETRANS);
  }

  /** Acknowledged sequence numbers, our SYN and FIN included. */
  public long bytesAcked() {
    return readU64(BYTES_ACKED);
  }

  /** Received sequence numbers, a FIN included. */
  public long bytesReceived() {
    return readU64(BYTES_RECEIVED);
  }

  /** The process, in the initial pid namespace; 0: nobody, or not told. */
  public int tgid() {
    return readU32(TGID);
  }

  /** The thread, in the initial pid namespace. */
  public int tid() {
    return readU32(TID);
  }

  /** {@code snd_una - bytes_acked}. */
  public int localIsn() {
    return readU32(LOCAL_ISN);
  }

  /** {@code rcv_nxt - bytes_received}. */
  public int remoteIsn() {
    return readU32(REMOTE_ISN);
  }

  /** Smoothed round-trip time in the kernel's unit, eighths of a microsecond; 0: not measured. */
  public int srttUs() {
    return readU32(SRTT_US);
  }

  /** Least round-trip time in microseconds; all bits set: none. */
  public int rttMinUs() {
    return readU32(RTT_MIN_US);
  }

  /** Segments sent again. */
  public int totalRetrans() {
    return readU32(TOTAL_RETRANS);
  }

  /** Segments received. */
  public int segsIn() {
    return readU32(SEGS_IN);
  }

  /** Segments sent. */
  public int segsOut() {
    return readU32(SEGS_OUT);
  }

  /** Segments with payload received. */
  public int dataSegsIn() {
    return readU32(DATA_SEGS_IN);
  }

  /** Segments with payload sent. */
  public int dataSegsOut() {
    return readU32(DATA_SEGS_OUT);
  }
}
