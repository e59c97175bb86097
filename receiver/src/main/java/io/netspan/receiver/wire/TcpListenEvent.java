package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u8;

import java.lang.foreign.StructLayout;

/** {@code struct tcp_listen_event}: a step to or from LISTEN. */
public final class TcpListenEvent extends TcpProcessEvent {
  static final StructLayout LAYOUT =
      processRecord(
          "tcp_listen_event",
          u32("net_ns"),
          u16("family"),
          u16("sport"),
          u8("newstate"),
          u8("v6_only"),
          bytes("pad", 2),
          u32("device"),
          bytes("saddr", 16));
  private static final long NET_NS = offset(LAYOUT, "net_ns");
  private static final long FAMILY = offset(LAYOUT, "family");
  private static final long SPORT = offset(LAYOUT, "sport");
  private static final long NEWSTATE = offset(LAYOUT, "newstate");
  private static final long V6_ONLY = offset(LAYOUT, "v6_only");
  private static final long DEVICE = offset(LAYOUT, "device");
  private static final long SADDR = offset(LAYOUT, "saddr");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_LISTEN;
  }

  /** The inode of the network namespace. */
  public int netns() {
    return readU32(NET_NS);
  }

  /** {@code AF_INET} or {@code AF_INET6}, whatever it is bound to. */
  public int family() {
    return readU16(FAMILY);
  }

  /** Whether it is of IPv6 and accepts no IPv4. */
  public boolean isV6Only() {
    return readU8(V6_ONLY) != 0;
  }

  /** Index of the network device that it is bound to; 0: none. */
  public int device() {
    return readU32(DEVICE);
  }

  /** Our port as a number; 0: not chosen yet. */
  public int localPort() {
    return readU16(SPORT);
  }

  /** {@code TCP_LISTEN} or {@code TCP_CLOSE}. */
  public int newstate() {
    return readU8(NEWSTATE);
  }

  /** The first eight bytes of our address, network order within the number. */
  public long localHigh() {
    return addressHalf(SADDR);
  }

  public long localLow() {
    return addressHalf(SADDR + Long.BYTES);
  }
}
