package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;
import static io.netspan.receiver.wire.WireLayout.u8;

import io.netspan.receiver.net.AddressFamily;
import io.netspan.receiver.net.SocketEnds;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/** {@code struct udp_flow_key} and {@code struct udp_flow}: one flow as it was when it was read. */
public final class UdpFlowView implements SocketEnds {
  public static final StructLayout KEY =
      MemoryLayout.structLayout(
              u64("socket"), bytes("peer", 16), u16("port"), u8("family"), u8("kind"), u32("pad"))
          .withName("udp_flow_key");
  public static final StructLayout LAYOUT =
      MemoryLayout.structLayout(
              u64("last_ns"),
              u64("bytes_sent"),
              u64("bytes_received"),
              u64("datagrams_sent"),
              u64("datagrams_received"),
              u64("asked_ns"),
              u64("exchanges"),
              u64("exchange_sum_ns"),
              u64("exchange_max_ns"),
              u64("id"),
              u64("first_ns"),
              u64("start_time"),
              u32("tgid"),
              u32("tid"),
              u32("net_ns"),
              u32("errors"),
              bytes("saddr", 16),
              u16("sport"),
              u16("error"),
              u8("flags"),
              bytes("pad", 3))
          .withName("udp_flow");

  private static final long SOCKET = offset(KEY, "socket");
  private static final long PEER = offset(KEY, "peer");
  private static final long PORT = offset(KEY, "port");
  private static final long FAMILY = offset(KEY, "family");
  private static final long KIND = offset(KEY, "kind");
  private static final long LAST_NS = offset(LAYOUT, "last_ns");
  private static final long BYTES_SENT = offset(LAYOUT, "bytes_sent");
  private static final long BYTES_RECEIVED = offset(LAYOUT, "bytes_received");
  private static final long DATAGRAMS_SENT = offset(LAYOUT, "datagrams_sent");
  private static final long DATAGRAMS_RECEIVED = offset(LAYOUT, "datagrams_received");
  private static final long EXCHANGES = offset(LAYOUT, "exchanges");
  private static final long EXCHANGE_SUM_NS = offset(LAYOUT, "exchange_sum_ns");
  private static final long EXCHANGE_MAX_NS = offset(LAYOUT, "exchange_max_ns");
  private static final long ID = offset(LAYOUT, "id");
  private static final long FIRST_NS = offset(LAYOUT, "first_ns");
  private static final long START_TIME = offset(LAYOUT, "start_time");
  private static final long TGID = offset(LAYOUT, "tgid");
  private static final long TID = offset(LAYOUT, "tid");
  private static final long NET_NS = offset(LAYOUT, "net_ns");
  private static final long ERRORS = offset(LAYOUT, "errors");
  private static final long SADDR = offset(LAYOUT, "saddr");
  private static final long SPORT = offset(LAYOUT, "sport");
  private static final long ERROR = offset(LAYOUT, "error");
  private static final long FLAGS = offset(LAYOUT, "flags");

  // enum udp_peer
  // enum udp_peer
  static final int PEER_KNOWN = 0;
  static final int PEER_OTHERS = 2;

  private static final int SENT_FIRST = 1;
  private static final int CONNECTED = 2;
  private static final int BOUND = 4;
  private static final int OWN = 8;

  private MemorySegment keys = MemorySegment.NULL;
  private MemorySegment values = MemorySegment.NULL;
  private long key;
  private long value;

  public UdpFlowView() {}

  public void pointAt(
      MemorySegment keySegment, long keyAt, MemorySegment valueSegment, long valueAt) {
    keys = keySegment;
    key = keyAt;
    pointAtValue(valueSegment, valueAt);
  }

  public void pointAtValue(MemorySegment segment, long at) {
    values = segment;
    value = at;
  }

  public MemorySegment key() {
    return keys.asSlice(key, KEY.byteSize());
  }

  /** The socket's cookie. */
  public long socket() {
    return keys.get(WireLayout.U64, key + SOCKET);
  }

  /** The first eight bytes of the peer's address as a big-endian number; IPv4 in its upper half. */
  @Override
  public long peerHigh() {
    return keys.get(WireLayout.ADDRESS_HALF, key + PEER);
  }

  @Override
  public long peerLow() {
    return keys.get(WireLayout.ADDRESS_HALF, key + PEER + Long.BYTES);
  }

  @Override
  public int peerPort() {
    return Short.toUnsignedInt(keys.get(WireLayout.U16, key + PORT));
  }

  @Override
  public boolean isIpv6() {
    return keys.get(WireLayout.U8, key + FAMILY) == AddressFamily.AF_INET6;
  }

  /** Whether the flow has a single peer, whose address and port are known. */
  public boolean hasPeer() {
    return keys.get(WireLayout.U8, key + KIND) == PEER_KNOWN;
  }

  /** Whether the flow collects all peers for which there was no room. */
  public boolean isOfOthers() {
    return keys.get(WireLayout.U8, key + KIND) == PEER_OTHERS;
  }

  public long lastNs() {
    return u64At(LAST_NS);
  }

  public long bytesSent() {
    return u64At(BYTES_SENT);
  }

  public long bytesReceived() {
    return u64At(BYTES_RECEIVED);
  }

  public long datagramsSent() {
    return u64At(DATAGRAMS_SENT);
  }

  public long datagramsReceived() {
    return u64At(DATAGRAMS_RECEIVED);
  }

  /**
   * Datagrams in the direction of the first one that were followed by one in the other direction.
   */
  public long exchanges() {
    return u64At(EXCHANGES);
  }

  /** The sum of the times between those datagrams and their answers. */
  public long exchangeSumNs() {
    return u64At(EXCHANGE_SUM_NS);
  }

  public long exchangeMaxNs() {
    return u64At(EXCHANGE_MAX_NS);
  }

  /** The random id of the flow, never 0. */
  public long id() {
    return u64At(ID);
  }

  public long firstNs() {
    return u64At(FIRST_NS);
  }

  /** As {@link ProcessEvent#startTime()}, of the process that began the flow. */
  public long startTime() {
    return u64At(START_TIME);
  }

  /** The process that began the flow; 0: a kernel thread. */
  public int tgid() {
    return u32At(TGID);
  }

  public int tid() {
    return u32At(TID);
  }

  /** The inode of the network namespace. */
  @Override
  public int netns() {
    return u32At(NET_NS);
  }

  /** Calls that failed because of the network. */
  public int errors() {
    return u32At(ERRORS);
  }

  /** The errno of the last of {@link #errors()}. */
  public int error() {
    return Short.toUnsignedInt(values.get(WireLayout.U16, value + ERROR));
  }

  /** As {@link #peerHigh()}, of our end; 0: any. */
  @Override
  public long localHigh() {
    return values.get(WireLayout.ADDRESS_HALF, value + SADDR);
  }

  @Override
  public long localLow() {
    return values.get(WireLayout.ADDRESS_HALF, value + SADDR + Long.BYTES);
  }

  @Override
  public int localPort() {
    return Short.toUnsignedInt(values.get(WireLayout.U16, value + SPORT));
  }

  public boolean sentFirst() {
    return has(SENT_FIRST);
  }

  /** Whether the socket was connected when the flow began. */
  public boolean connected() {
    return has(CONNECTED);
  }

  /** Whether the program chose the local port. */
  public boolean bound() {
    return has(BOUND);
  }

  /** Whether the flow is the agent's own. */
  public boolean own() {
    return has(OWN);
  }

  private boolean has(int flag) {
    return (values.get(WireLayout.U8, value + FLAGS) & flag) != 0;
  }

  private long u64At(long offset) {
    return values.get(WireLayout.U64, value + offset);
  }

  private int u32At(long offset) {
    return values.get(WireLayout.U32, value + offset);
  }
}
