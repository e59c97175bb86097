package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u8;

import io.netspan.receiver.net.SocketFacts;
import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_socket_event}: a socket as a pass finds it, read without its lock. The record
 * comes from an iterator or a map, not from the ring.
 */
public final class TcpSocketEvent extends TcpTotalsEvent implements SocketFacts {
  static final StructLayout LAYOUT =
      totalsRecord(
          "tcp_socket_event",
          "state",
          "fd",
          u32("device"),
          u32("unacked"),
          u8("v6_only"),
          u8("fin_sent"),
          u8("steady"),
          u8("pad"),
          u32("jiffies"),
          u32("quiet_jiffies"));
  private static final long STATE = offset(LAYOUT, "state");
  private static final long MPTCP = offset(LAYOUT, MPTCP_TOKEN);
  private static final long DEVICE = offset(LAYOUT, "device");
  private static final long UNACKED = offset(LAYOUT, "unacked");
  private static final long FIN_SENT = offset(LAYOUT, "fin_sent");
  private static final long STEADY = offset(LAYOUT, "steady");
  private static final long V6_ONLY = offset(LAYOUT, "v6_only");
  private static final long JIFFIES = offset(LAYOUT, "jiffies");
  private static final long QUIET_JIFFIES = offset(LAYOUT, "quiet_jiffies");

  private final Jiffy jiffy = new Jiffy();

  /** The size of each record that the iterator writes. */
  public static int recordSize() {
    return (int) LAYOUT.byteSize();
  }

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
    return EventType.TCP_SOCKET;
  }

  @Override
  public int state() {
    return readU8(STATE);
  }

  @Override
  public int device() {
    return readU32(DEVICE);
  }

  @Override
  public boolean isV6Only() {
    return readU8(V6_ONLY) != 0;
  }

  @Override
  public int unacked() {
    return readU32(UNACKED);
  }

  @Override
  public boolean isFinSent() {
    return readU8(FIN_SENT) != 0;
  }

  /**
   * The socket was read without its lock: the value is known only if no number changed in between.
   */
  @Override
  public int synsSent() {
    return readU8(STEADY) != 0 ? super.synsSent() : -1;
  }

  @Override
  public long timeNs() {
    return ktimeNs();
  }

  @Override
  public long quietNs() {
    double length = jiffy.lengthNs(ktimeNs(), readU32(JIFFIES));
    return length == 0 ? -1 : (long) (Integer.toUnsignedLong(readU32(QUIET_JIFFIES)) * length);
  }

  @Override
  public boolean hasIsns() {
    return true;
  }
}
