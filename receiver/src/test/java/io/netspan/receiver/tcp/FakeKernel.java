package io.netspan.receiver.tcp;

import io.netspan.bpf.RecordConsumer;
import io.netspan.receiver.net.TcpState;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.WireRecord;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Sends the records that the kernel programs would send, one microsecond apart, and drops those
 * that a test asks it to lose.
 */
public final class FakeKernel {
  public static final int NETNS = 0xf0000000;
  static final long STEP_NS = 1_000;

  private final RecordConsumer reader;
  private final Map<EventType, Integer> toLose = new EnumMap<>(EventType.class);
  private long nowNs = 5_000_000_000L;

  public FakeKernel(RecordConsumer reader) {
    this.reader = reader;
  }

  public long nowNs() {
    return nowNs;
  }

  public void passes(long ns) {
    nowNs += ns;
  }

  /** Loses the next record of this type, as if the ring were full. */
  public void losesNext(EventType type) {
    toLose.merge(type, 1, Integer::sum);
  }

  void send(EventType type, WireRecord record) {
    nowNs += STEP_NS;
    sendOf(type, record, nowNs);
  }

  /** Sends a record with an earlier timestamp. */
  void sendOf(EventType type, WireRecord record, long ktimeNs) {
    Integer losses = toLose.get(type);
    if (losses != null && losses > 0) {
      toLose.put(type, losses - 1);
      return;
    }
    byte[] bytes = record.with("ktime_ns", ktimeNs).bytes();
    reader.record(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  /** Announces a process, as the kernel programs do before its first event. */
  public void announce(FakeProcess process) {
    announce(process, UnaryOperator.identity());
  }

  void announce(FakeProcess process, UnaryOperator<WireRecord> details) {
    WireRecord record =
        WireRecord.of(EventType.PROCESS)
            .with("tgid", process.pid())
            .with("start_time", process.startTime())
            .with("parent_tgid", 1)
            .with("uid", 33)
            .with("cgroups", cgroups(process))
            .with("comm", process.executable())
            .with("exe", process.executable());
    describe(cgroups(process), process.executable() + ".service", "system.slice");
    send(EventType.PROCESS, details.apply(record));
  }

  /** The number of the cgroups of all processes with the same executable. */
  static long cgroups(FakeProcess process) {
    return Integer.toUnsignedLong(process.executable().hashCode());
  }

  /** Describes a cgroup, whose names are given leaf first. */
  private void describe(long cgroups, String... names) {
    WireRecord record = WireRecord.of(EventType.CGROUP).with("cgroups", cgroups).withPath(names);
    sendOf(EventType.CGROUP, record, nowNs);
  }

  /** The connecting end of a connection, on a socket at this address. */
  public FakeSocket client(long sk) {
    return new FakeSocket(this, sk, Role.CLIENT);
  }

  /** The accepted end. */
  public FakeSocket server(long sk) {
    return new FakeSocket(this, sk, Role.SERVER);
  }

  public void listen(long sk, FakeProcess process, String address, int port) {
    listen(sk, process, address, port, NETNS);
  }

  void listen(long sk, FakeProcess process, String address, int port, int netns) {
    send(EventType.TCP_LISTEN, listener(sk, process, address, port, netns, TcpState.TCP_LISTEN));
  }

  void listen(
      long sk, FakeProcess process, String address, int port, UnaryOperator<WireRecord> details) {
    WireRecord record = listener(sk, process, address, port, NETNS, TcpState.TCP_LISTEN);
    send(EventType.TCP_LISTEN, details.apply(record));
  }

  public void unlisten(long sk, FakeProcess process) {
    send(EventType.TCP_LISTEN, listener(sk, process, "0.0.0.0", 0, NETNS, /* TCP_CLOSE */ 7));
  }

  private static WireRecord listener(
      long sk, FakeProcess process, String address, int port, int netns, int newstate) {
    return WireRecord.of(EventType.TCP_LISTEN)
        .with("sk", sk)
        .with("tgid", process.pid())
        .with("tid", process.pid())
        .with("start_time", process.startTime())
        .with("net_ns", netns)
        .with("family", address.contains(":") ? 10 : 2)
        .with("sport", port)
        .with("newstate", newstate)
        .with("saddr", listeningAddress(address));
  }

  /** A listener has the address that it was bound to; a v4-mapped address stays v4-mapped. */
  private static byte[] listeningAddress(String literal) {
    byte[] address = InetAddress.ofLiteral(literal).getAddress();
    if (!literal.contains(":") || address.length == 16) {
      return address;
    }
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    System.arraycopy(address, 0, mapped, 12, address.length);
    return mapped;
  }
}
