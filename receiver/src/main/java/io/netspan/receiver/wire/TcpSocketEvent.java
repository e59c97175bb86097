package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u8;

import io.netspan.receiver.socket.SocketFacts;
import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_socket_event}: a socket as a pass finds it, read without its lock. Comes from
 * an iterator or a map, not from the ring.
 */
public final class TcpSocketEvent extends TcpTotalsEvent implements SocketFacts {
  static final StructLayout LAYOUT =
      totalsRecord(
          "tcp_socket_event", "state", "fd", u32("device"), u8("v6_only"), bytes("pad", 7));
  private static final long STATE = offset(LAYOUT, "state");
  private static final long MPTCP = offset(LAYOUT, MPTCP_TOKEN);
  private static final long DEVICE = offset(LAYOUT, "device");
  private static final long V6_ONLY = offset(LAYOUT, "v6_only");

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
  public long timeNs() {
    return ktimeNs();
  }

  @Override
  public boolean hasIsns() {
    return true;
  }
}
