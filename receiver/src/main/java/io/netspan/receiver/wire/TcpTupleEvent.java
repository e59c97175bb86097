package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u16;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;
import static io.netspan.receiver.wire.WireLayout.u8;

import io.netspan.receiver.net.AddressFamily;
import io.netspan.receiver.net.SocketEnds;
import io.netspan.receiver.net.SubflowFacts;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;

/** The events that have the connection's addresses, all at the same offsets. */
public abstract sealed class TcpTupleEvent extends KernelEvent implements SocketEnds, SubflowFacts
    permits TcpOpenEvent, TcpEstablishedEvent, TcpTotalsEvent {
  private static final StructLayout PREFIX = record("tuple", prefix());
  private static final long SK = offset(PREFIX, "sk");
  private static final long SADDR = offset(PREFIX, "saddr");
  private static final long DADDR = offset(PREFIX, "daddr");
  private static final long NET_NS = offset(PREFIX, "net_ns");
  private static final long FAMILY = offset(PREFIX, "family");
  private static final long SPORT = offset(PREFIX, "sport");
  private static final long DPORT = offset(PREFIX, "dport");

  static final String MPTCP_TOKEN = "mptcp_token";

  TcpTupleEvent() {}

  /** The layout of a record that ends with {@link #MPTCP_TOKEN} and the members after it. */
  static StructLayout tupleRecordOfSubflow(String name, MemoryLayout... members) {
    List<MemoryLayout> all = new ArrayList<>(List.of(members));
    all.addAll(List.of(u32(MPTCP_TOKEN), u8("mptcp_subflow"), bytes("mptcp_pad", 3)));
    return tupleRecord(name, all.toArray(MemoryLayout[]::new));
  }

  /** The offset of {@link #MPTCP_TOKEN}, in bytes. */
  abstract long mptcpOffset();

  @Override
  public final int mptcpToken() {
    return readU32(mptcpOffset());
  }

  @Override
  public final int mptcpSubflow() {
    return readU8(mptcpOffset() + Integer.BYTES);
  }

  private static StructLayout tupleRecord(String name, MemoryLayout... members) {
    List<MemoryLayout> all = new ArrayList<>(List.of(prefix()));
    all.addAll(List.of(members));
    return record(name, all.toArray(MemoryLayout[]::new));
  }

  private static MemoryLayout[] prefix() {
    return new MemoryLayout[] {
      u64("sk"),
      bytes("saddr", 16),
      bytes("daddr", 16),
      u32("net_ns"),
      u16("family"),
      u16("sport"),
      u16("dport")
    };
  }

  /**
   * The address of the {@code struct sock}: joins the records of one socket, never leaves the
   * process.
   */
  public final long sk() {
    return readU64(SK);
  }

  @Override
  public final long localHigh() {
    return addressHalf(SADDR);
  }

  @Override
  public final long localLow() {
    return addressHalf(SADDR + Long.BYTES);
  }

  @Override
  public final long peerHigh() {
    return addressHalf(DADDR);
  }

  @Override
  public final long peerLow() {
    return addressHalf(DADDR + Long.BYTES);
  }

  @Override
  public final int netns() {
    return readU32(NET_NS);
  }

  @Override
  public final boolean isIpv6() {
    return readU16(FAMILY) == AddressFamily.AF_INET6;
  }

  @Override
  public final int localPort() {
    return readU16(SPORT);
  }

  @Override
  public final int peerPort() {
    return readU16(DPORT);
  }
}
