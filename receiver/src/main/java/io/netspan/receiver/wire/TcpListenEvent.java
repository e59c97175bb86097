package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.StructLayout;

/** {@code struct tcp_listen_event}: a step to LISTEN or from it. */
public final class TcpListenEvent extends KernelEvent {
  static final StructLayout LAYOUT =
      record(
          "tcp_listen_event",
          u64("sk"),
          u64("start_time"),
          u32("tgid"),
          u32("tid"),
          u32("net_ns"),
          u16("family"),
          u16("sport"),
          u8("newstate"),
          bytes("pad", 7),
          bytes("saddr", 16));
  private static final long SK = offset(LAYOUT, "sk");
  private static final long START_TIME = offset(LAYOUT, "start_time");
  private static final long TGID = offset(LAYOUT, "tgid");
  private static final long TID = offset(LAYOUT, "tid");
  private static final long NET_NS = offset(LAYOUT, "net_ns");
  private static final long FAMILY = offset(LAYOUT, "family");
  private static final long SPORT = offset(LAYOUT, "sport");
  private static final long NEWSTATE = offset(LAYOUT, "newstate");
  private static final long SADDR = offset(LAYOUT, "saddr");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_LISTEN;
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

  /** The inode of the network namespace. */
  public int netNs() {
    return readU32(NET_NS);
  }

  /** {@code AF_INET} or {@code AF_INET6}; a v4-mapped socket is {@code AF_INET}. */
  public int family() {
    return readU16(FAMILY);
  }

  /** Our port as a number; 0: not chosen yet. */
  public int sport() {
    return readU16(SPORT);
  }

  /** {@code TCP_LISTEN} or {@code TCP_CLOSE}. */
  public int newstate() {
    return readU8(NEWSTATE);
  }

  /** The first eight bytes of our address, network order within the number. */
  public long saddrHigh() {
    return addressHalf(SADDR);
  }

  public long saddrLow() {
    return addressHalf(SADDR + Long.BYTES);
  }
}
