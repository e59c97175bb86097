package io.netspan.linux.sockdiag;

import java.lang.foreign.MemorySegment;

/**
 * The members of {@code struct tcp_info} (include/uapi/linux/tcp.h) that the agent uses. The struct
 * grows at its end: an older kernel's is shorter, and members that it lacks are {@link #UNKNOWN}.
 *
 * @param quietMs no shorter than since the connection was established: since data was last sent or
 *     received or an acknowledgement came, whichever is longest ago (all three begin then)
 * @param activeMs as {@code quietMs}, but since whichever was last
 * @param rttUs smoothed
 * @param minRttUs {@link #UNKNOWN} if never measured
 * @param totalRetrans segments sent again
 * @param bytesAcked counts our SYN, if we connected, and our FIN as one each; since Linux 4.1
 * @param bytesReceived counts the other end's FIN as one; since Linux 4.1
 * @param segsOut since Linux 4.2, as is {@code segsIn}
 * @param dataSegsIn segments with payload; since Linux 4.6
 * @param notSentBytes written and not sent yet, or refused by IP when it was, a FIN included; since
 *     Linux 4.6
 * @param bytesSent payload, what was sent again counted again; since Linux 4.19
 * @param bytesRetrans payload sent again; since Linux 4.19
 */
public record TcpInfo(
    int quietMs,
    int activeMs,
    int rttUs,
    int minRttUs,
    int totalRetrans,
    long bytesAcked,
    long bytesReceived,
    int segsOut,
    int segsIn,
    int dataSegsIn,
    int notSentBytes,
    long bytesSent,
    long bytesRetrans) {

  public static final int UNKNOWN = -1;

  private static final int LAST_DATA_SENT = 44;
  private static final int LAST_DATA_RECV = 52;
  private static final int LAST_ACK_RECV = 56;
  private static final int RTT = 68;
  private static final int TOTAL_RETRANS = 100;
  private static final int BYTES_ACKED = 120;
  private static final int BYTES_RECEIVED = 128;
  private static final int SEGS_OUT = 136;
  private static final int SEGS_IN = 140;
  private static final int NOTSENT_BYTES = 144;
  private static final int MIN_RTT = 148;
  private static final int DATA_SEGS_IN = 152;
  private static final int BYTES_SENT = 200;
  private static final int BYTES_RETRANS = 208;

  /** Reads the struct, which may be shorter than the members known here. */
  static TcpInfo of(MemorySegment info) {
    int sent = u32(info, LAST_DATA_SENT);
    int received = u32(info, LAST_DATA_RECV);
    int acknowledged = u32(info, LAST_ACK_RECV);
    return new TcpInfo(
        Math.max(sent, Math.max(received, acknowledged)),
        Math.min(sent, Math.min(received, acknowledged)),
        u32(info, RTT),
        u32(info, MIN_RTT),
        u32(info, TOTAL_RETRANS),
        u64(info, BYTES_ACKED),
        u64(info, BYTES_RECEIVED),
        u32(info, SEGS_OUT),
        u32(info, SEGS_IN),
        u32(info, DATA_SEGS_IN),
        u32(info, NOTSENT_BYTES),
        u64(info, BYTES_SENT),
        u64(info, BYTES_RETRANS));
  }

  /** Values beyond 2^31 are implausible and count as unknown. */
  private static int u32(MemorySegment info, int offset) {
    return offset + Integer.BYTES <= info.byteSize()
        ? Math.max(UNKNOWN, Netlink.int32(info, offset))
        : UNKNOWN;
  }

  private static long u64(MemorySegment info, int offset) {
    return offset + Long.BYTES <= info.byteSize()
        ? Math.max(UNKNOWN, Netlink.int64(info, offset))
        : UNKNOWN;
  }
}
