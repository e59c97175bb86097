package io.netspan.linux.sockdiag;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One TCP socket ({@code struct inet_diag_msg}). Addresses are two big-endian numbers: IPv4 has the
 * upper half of the first, and a v4-mapped IPv6 address is IPv4.
 *
 * @param family the socket's address family, {@link #AF_INET} or {@link #AF_INET6}; an {@code
 *     AF_INET6} socket may carry IPv4
 * @param ipv6 false for IPv4, a v4-mapped IPv6 socket included
 * @param state of {@code include/net/tcp_states.h}; CLOSE once it was destroyed
 * @param timer the kind of the pending timer; {@link #TIME_WAIT_TIMER} marks a time-wait socket,
 *     which replaces a closed socket and keeps its cookie
 * @param cookie the kernel's number of the socket, never used twice in a network namespace
 * @param localPort 0: none was chosen
 * @param v6Only whether an IPv6 listener refuses IPv4; false if the kernel does not say
 * @param device index of the network device that it is bound to, 0 for none
 * @param unread bytes received and not yet read; for a listener, connections not yet accepted
 * @param unacked bytes written and not yet acknowledged, sent or not
 * @param inode the inode number shown in {@code /proc/PID/fd}; 0 if no process has the socket open
 *     any more
 * @param info null if the kernel gave none
 * @param subflow null for plain TCP, or if the kernel gave none
 */
public record DiagSocket(
    int family,
    boolean ipv6,
    int state,
    int timer,
    long cookie,
    int localPort,
    int peerPort,
    long localHigh,
    long localLow,
    long peerHigh,
    long peerLow,
    boolean v6Only,
    int device,
    int unread,
    int unacked,
    long inode,
    @Nullable TcpInfo info,
    @Nullable SubflowInfo subflow) {

  public static final int AF_INET = 2;
  public static final int AF_INET6 = 10;

  /** {@code idiag_timer} of {@code inet_twsk_diag_fill}. */
  static final int TIME_WAIT_TIMER = 3;

  static final int SIZE = 72;
  static final int ID = 4;
  static final int ID_SIZE = 48;
  private static final int SOURCE = ID + 4;
  private static final int DESTINATION = ID + 20;
  private static final int DEVICE = ID + 36;
  private static final int COOKIE = ID + 40;
  private static final int RQUEUE = 56;
  private static final int WQUEUE = 60;
  private static final int INODE = 68;

  private static final int INET_DIAG_INFO = 2;
  private static final int INET_DIAG_PROTOCOL = 10;
  private static final int INET_DIAG_SKV6ONLY = 11; // Linux 4.3, of listeners without being asked
  private static final int IPPROTO_TCP = 6;

  private static final long MAPPED = 0xffff;

  /** Null if the message is too short, or its family no IP. */
  static @Nullable DiagSocket of(MemorySegment message) {
    if (message.byteSize() < SIZE) {
      return null;
    }
    int family = Netlink.uint8(message, 0);
    if (family != AF_INET && family != AF_INET6) {
      return null;
    }
    MemorySegment info = Netlink.attribute(message.asSlice(SIZE), INET_DIAG_INFO);
    MemorySegment v6Only = Netlink.attribute(message.asSlice(SIZE), INET_DIAG_SKV6ONLY);
    return new DiagSocket(
        family,
        family == AF_INET6 && !isMapped(message, SOURCE) && !isMapped(message, DESTINATION),
        Netlink.uint8(message, 1),
        Netlink.uint8(message, 2),
        // __u32 idiag_cookie[2]: the lower half first, on every machine
        Integer.toUnsignedLong(Netlink.int32(message, COOKIE))
            | (long) Netlink.int32(message, COOKIE + 4) << 32,
        Netlink.bigEndian16(message, ID),
        Netlink.bigEndian16(message, ID + 2),
        high(message, family, SOURCE),
        low(message, family, SOURCE),
        high(message, family, DESTINATION),
        low(message, family, DESTINATION),
        v6Only.byteSize() != 0 && Netlink.uint8(v6Only, 0) != 0,
        Netlink.int32(message, DEVICE),
        Netlink.int32(message, RQUEUE),
        Netlink.int32(message, WQUEUE),
        Integer.toUnsignedLong(Netlink.int32(message, INODE)),
        info.byteSize() == 0 ? null : TcpInfo.of(info),
        SubflowInfo.of(Netlink.attribute(message.asSlice(SIZE), SubflowInfo.INET_DIAG_ULP_INFO)));
  }

  /**
   * Whether a broadcast is about TCP. A group covers all protocols of one socket type, so
   * broadcasts carry the protocol.
   */
  static boolean isTcp(MemorySegment message) {
    MemorySegment protocol =
        message.byteSize() < SIZE
            ? MemorySegment.NULL
            : Netlink.attribute(message.asSlice(SIZE), INET_DIAG_PROTOCOL);
    return protocol.byteSize() == 0 || Netlink.uint8(protocol, 0) == IPPROTO_TCP;
  }

  private static long high(MemorySegment message, int family, int offset) {
    long first = Netlink.bigEndian64(message, offset);
    if (family == AF_INET) {
      return first & 0xffff_ffff_0000_0000L;
    }
    return isMapped(message, offset) ? Netlink.bigEndian64(message, offset + 8) << 32 : first;
  }

  private static long low(MemorySegment message, int family, int offset) {
    return family == AF_INET || isMapped(message, offset)
        ? 0
        : Netlink.bigEndian64(message, offset + 8);
  }

  private static boolean isMapped(MemorySegment message, int offset) {
    return Netlink.bigEndian64(message, offset) == 0
        && Netlink.bigEndian64(message, offset + 8) >>> 32 == MAPPED;
  }

  /**
   * Whether this is a time-wait socket, which the kernel keeps for a while in place of a closed
   * one.
   */
  public boolean isTimeWait() {
    return timer == TIME_WAIT_TIMER;
  }
}
