package io.netspan.receiver.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EventDecoderTest {
  /** The offset of the record in its segment, which is not 0, as in the ring. */
  private static final int AT = 24;

  private final Views views = new Views();
  private final EventDecoder decoder = new EventDecoder(views);

  /** Runs a check while the view is valid, and records the types that were delivered. */
  private static final class Views implements KernelEvents {
    final List<EventType> seen = new ArrayList<>();
    Consumer<KernelEvent> check = event -> {};

    private void take(KernelEvent event) {
      seen.add(event.type());
      check.accept(event);
    }

    @Override
    public void cgroup(CgroupEvent event) {
      take(event);
    }

    @Override
    public void process(ProcessEvent event) {
      take(event);
    }

    @Override
    public void tcpOpen(TcpOpenEvent event) {
      take(event);
    }

    @Override
    public void tcpEstablished(TcpEstablishedEvent event) {
      take(event);
    }

    @Override
    public void tcpClosing(TcpClosingEvent event) {
      take(event);
    }

    @Override
    public void tcpClose(TcpCloseEvent event) {
      take(event);
    }

    @Override
    public void tcpReset(TcpResetEvent event) {
      take(event);
    }

    @Override
    public void tcpListen(TcpListenEvent event) {
      take(event);
    }

    @Override
    public void tcpAccept(TcpAcceptEvent event) {
      take(event);
    }

    @Override
    public void tcpSocket(TcpSocketEvent event) {
      take(event);
    }

    @Override
    public void tcpUnchanged(TcpUnchangedEvent event) {
      take(event);
    }
  }

  private void decode(byte[] record) {
    decode(record, record.length);
  }

  private void decode(byte[] record, int length) {
    byte[] ring = new byte[AT + record.length + 8];
    System.arraycopy(record, 0, ring, AT, record.length);
    decoder.record(MemorySegment.ofArray(ring).asReadOnly(), AT, length);
  }

  private <T extends KernelEvent> void expect(Class<T> type, Consumer<T> check) {
    views.check = event -> check.accept(type.cast(event));
  }

  private static byte[] hex(String... lines) {
    return HexFormat.of().parseHex(String.join("", lines).replace(" ", ""));
  }

  // Golden records: bytes as a little-endian kernel writes them. Their meaning must not change.

  @Test
  void anOpenEventOverIpv4IsDecoded() {
    expect(
        TcpOpenEvent.class,
        event -> {
          assertThat(event.ktimeNs()).isEqualTo(0x0102030405060708L);
          assertThat(event.sk()).isEqualTo(0xffff888012345680L);
          assertThat(event.localHigh()).isEqualTo(0x7f000001_00000000L);
          assertThat(event.localLow()).isZero();
          assertThat(event.peerHigh()).isEqualTo(0x0a0000fe_00000000L);
          assertThat(event.netns()).isEqualTo(0xf0000000); // 4026531840
          assertThat(event.isIpv6()).isFalse();
          assertThat(event.localPort()).isEqualTo(65_535);
          assertThat(event.peerPort()).isEqualTo(32_768);
          assertThat(event.earlierRttUs()).isEqualTo(77);
          assertThat(event.startTime()).isEqualTo(1_000_000_007L);
          assertThat(event.tgid()).isEqualTo(4_194_303);
          assertThat(event.tid()).isEqualTo(4_194_304);
          assertThat(event.mptcpToken()).isEqualTo(0xdeadbeef);
          assertThat(event.mptcpSubflow()).isEqualTo(2);
        });

    decode(
        hex(
            "02000000 60000000 0807060504030201 8056341280 88ffff",
            "7f000001 00000000 00000000 00000000",
            "0a0000fe 00000000 00000000 00000000",
            "000000f0 0200 ffff 0080 0000 4d000000",
            "07ca9a3b00000000 ffff3f00 00004000 efbeadde 02 000000"));

    assertThat(views.seen).containsExactly(EventType.TCP_OPEN);
  }

  @Test
  void anEstablishedEventOverIpv6IsDecoded() {
    expect(
        TcpEstablishedEvent.class,
        event -> {
          assertThat(event.isIpv6()).isTrue();
          assertThat(event.localHigh()).isEqualTo(0x20010db800000000L);
          assertThat(event.localLow()).isEqualTo(1);
          assertThat(event.peerHigh()).isEqualTo(0xfe80000000000000L);
          assertThat(event.peerLow()).isEqualTo(0x020000fffe000001L);
          assertThat(event.localPort()).isEqualTo(443);
          assertThat(event.peerPort()).isEqualTo(50_001);
          assertThat(event.oldstate()).isEqualTo(3);
          assertThat(event.isAccepted()).isTrue();
          assertThat(event.localIsn()).isEqualTo(0xfffffffe);
          assertThat(event.remoteIsn()).isEqualTo(0x00000001);
          assertThat(event.srttUs()).isEqualTo(8 * 250);
          assertThat(event.totalRetrans()).isEqualTo(2);
          assertThat(event.mptcpToken()).isEqualTo(0xdeadbeef);
          assertThat(event.mptcpSubflow()).isEqualTo(1);
        });

    decode(
        hex(
            "03000000 60000000 0100000000000000 0200000000000000",
            "20010db8 00000000 00000000 00000001",
            "fe800000 00000000 020000ff fe000001",
            "010000f0 0a00 bb01 51c3 03 01 feffffff 01000000 d0070000 02000000 00000000",
            "efbeadde 01 000000"));

    assertThat(views.seen).containsExactly(EventType.TCP_ESTABLISHED);
  }

  @Test
  void aClosingEventIsDecoded() {
    expect(
        TcpClosingEvent.class,
        event -> {
          assertThat(event.sk()).isEqualTo(0x10);
          assertThat(event.startTime()).isEqualTo(0x20);
          assertThat(event.tgid()).isEqualTo(0x30);
          assertThat(event.tid()).isEqualTo(0x40);
          assertThat(event.newstate()).isEqualTo(4);
          assertThat(event.exitSignal()).isEqualTo(9);
          assertThat(event.mptcpToken()).isEqualTo(0xdeadbeef);
          assertThat(event.netns()).isEqualTo(5);
        });

    decode(
        hex(
            "04000000 38000000 0100000000000000 1000000000000000 2000000000000000",
            "30000000 40000000 04000000 09000000 efbeadde 05000000"));

    assertThat(views.seen).containsExactly(EventType.TCP_CLOSING);
  }

  @Test
  void aCloseEventHasEveryTotalAtItsOffset() {
    expect(
        TcpCloseEvent.class,
        event -> {
          assertThat(event.skErr()).isEqualTo(104);
          assertThat(event.oldstate()).isEqualTo(8);
          assertThat(event.isAccepted()).isTrue();
          assertThat(event.finReceived()).isEqualTo(1);
          assertThat(event.skShutdown()).isEqualTo(3);
          assertThat(event.startTime()).isEqualTo(11);
          assertThat(event.bytesSent()).isEqualTo(12);
          assertThat(event.bytesRetrans()).isEqualTo(13);
          assertThat(event.bytesAcked()).isEqualTo(14);
          assertThat(event.bytesReceived()).isEqualTo(15);
          assertThat(event.tgid()).isEqualTo(16);
          assertThat(event.tid()).isEqualTo(17);
          assertThat(event.localIsn()).isEqualTo(18);
          assertThat(event.remoteIsn()).isEqualTo(19);
          assertThat(event.smoothedRttUs()).isEqualTo(20);
          assertThat(event.leastRttUs()).isEqualTo(21);
          assertThat(event.totalRetrans()).isEqualTo(22);
          assertThat(event.segsIn()).isEqualTo(23);
          assertThat(event.segsOut()).isEqualTo(24);
          assertThat(event.unacked()).isEqualTo(5);
          assertThat(event.payloadSent(1)).isEqualTo(17); // 14 + 5, less SYN and FIN
          assertThat(event.skErrSoft()).isEqualTo(113);
          assertThat(event.exitSignal()).isEqualTo(25);
          assertThat(event.isFinSent()).isTrue();
          assertThat(event.isRepaired()).isTrue();
          assertThat(event.mptcpToken()).isEqualTo(0xdeadbeef);
          assertThat(event.mptcpSubflow()).isEqualTo(2);
        });

    decode(
        hex(
            "05000000 a8000000 0100000000000000 0200000000000000",
            "c0a80001 00000000 00000000 00000000",
            "c0a80002 00000000 00000000 00000000",
            "010000f0 0200 5000 51c3 6800 08 01 01 03",
            "0b00000000000000 0c00000000000000 0d00000000000000 0e00000000000000",
            "0f00000000000000 10000000 11000000 12000000 13000000 a7000000 15000000",
            "16000000 17000000 18000000 05000000 7100 19 00 01 01 0000 efbeadde 02 000000"));

    assertThat(views.seen).containsExactly(EventType.TCP_CLOSE);
  }

  @Test
  void aSocketEventOfAPassIsDecoded() {
    expect(
        TcpSocketEvent.class,
        event -> {
          assertThat(event.timeNs()).isEqualTo(1);
          assertThat(event.sk()).isEqualTo(2);
          assertThat(event.state()).isEqualTo(8);
          assertThat(event.isAccepted()).isFalse();
          assertThat(event.synsSent()).isEqualTo(1); // 9 and 2 sent, less a FIN; payload 12 - 3
          assertThat(event.payloadSent(1)).isEqualTo(9);
          assertThat(event.payloadReceived()).isEqualTo(14); // without the FIN
          assertThat(event.tgid()).isEqualTo(16);
          assertThat(event.startTime()).isEqualTo(11);
          assertThat(event.smoothedRttUs()).isEqualTo(20);
          assertThat(event.leastRttUs()).isZero();
          assertThat(event.totalRetrans()).isEqualTo(22);
          assertThat(event.segsIn()).isEqualTo(23);
          assertThat(event.segsOut()).isEqualTo(24);
          assertThat(event.mptcpToken()).isEqualTo(25);
          assertThat(event.mptcpSubflow()).isEqualTo(1);
        });

    decode(
        WireRecord.of(EventType.TCP_SOCKET)
            .with("ktime_ns", 1)
            .with("sk", 2)
            .with("state", 8)
            .with("fin_received", 1)
            .with("start_time", 11)
            .with("bytes_sent", 12)
            .with("bytes_retrans", 3)
            .with("bytes_acked", 9)
            .with("unacked", 2)
            .with("fin_sent", 1)
            .with("steady", 1)
            .with("bytes_received", 15)
            .with("tgid", 16)
            .with("srtt_us", 160)
            .with("rtt_min_us", -1)
            .with("total_retrans", 22)
            .with("segs_in", 23)
            .with("segs_out", 24)
            .with("mptcp_token", 25)
            .with("mptcp_subflow", 1)
            .bytes());

    assertThat(views.seen).containsExactly(EventType.TCP_SOCKET);
  }

  @Test
  void payloadThatTheStackRefusedToSendLeavesTheSideUnknown() {
    expect(
        TcpSocketEvent.class,
        event -> {
          assertThat(event.synsSent()).isEqualTo(-1);
          assertThat(event.payloadSent(1)).isEqualTo(5_000);
        });

    decode(
        WireRecord.of(EventType.TCP_SOCKET)
            .with("bytes_sent", 28_448)
            .with("bytes_acked", 5_001)
            .with("steady", 1)
            .bytes());
  }

  @Test
  void aResetEventIsDecoded() {
    expect(TcpResetEvent.class, event -> assertThat(event.sk()).isEqualTo(2));

    decode(WireRecord.of(EventType.TCP_RESET).with("sk", 2).bytes());

    assertThat(views.seen).containsExactly(EventType.TCP_RESET);
  }

  @Test
  void anAcceptEventIsDecoded() {
    expect(
        TcpAcceptEvent.class,
        event -> {
          assertThat(event.sk()).isEqualTo(2);
          assertThat(event.startTime()).isEqualTo(3);
          assertThat(event.tgid()).isEqualTo(4);
          assertThat(event.tid()).isEqualTo(5);
        });

    decode(
        hex(
            "07000000 28000000 0100000000000000 0200000000000000 0300000000000000",
            "04000000 05000000"));

    assertThat(views.seen).containsExactly(EventType.TCP_ACCEPT);
  }

  @Test
  void aListenEventIsDecoded() {
    expect(
        TcpListenEvent.class,
        event -> {
          assertThat(event.sk()).isEqualTo(2);
          assertThat(event.startTime()).isEqualTo(3);
          assertThat(event.tgid()).isEqualTo(4);
          assertThat(event.tid()).isEqualTo(5);
          assertThat(event.netns()).isEqualTo(6);
          assertThat(event.family()).isEqualTo(10);
          assertThat(event.localPort()).isEqualTo(8080);
          assertThat(event.newstate()).isEqualTo(10);
          assertThat(event.localHigh()).isZero();
          assertThat(event.localLow()).isEqualTo(1);
        });

    decode(
        hex(
            "06000000 48000000 0100000000000000 0200000000000000 0300000000000000",
            "04000000 05000000 06000000 0a00 901f 0a 00000000000000",
            "00000000 00000000 00000000 00000001"));

    assertThat(views.seen).containsExactly(EventType.TCP_LISTEN);
  }

  @Test
  void aProcessEventIsDecoded() {
    expect(
        ProcessEvent.class,
        event -> {
          assertThat(event.startTime()).isEqualTo(71);
          assertThat(event.parentStartTime()).isEqualTo(70);
          assertThat(event.cgroups()).isEqualTo(1234);
          assertThat(event.tgid()).isEqualTo(99);
          assertThat(event.parentTgid()).isEqualTo(1);
          assertThat(event.uid()).isEqualTo(-2); // 4294967294, the overflow id of a user namespace
          assertThat(event.pidNs()).isEqualTo(0xeffffffc);
          assertThat(event.netns()).isEqualTo(0xf0000000);
          assertThat(event.comm()).asString(ISO_8859_1).isEqualTo("nginx: worker p");
          assertThat(event.exe()).asString(ISO_8859_1).isEqualTo("nginx");
        });

    decode(
        WireRecord.of(EventType.PROCESS)
            .with("start_time", 71)
            .with("parent_start_time", 70)
            .with("cgroups", 1234)
            .with("tgid", 99)
            .with("parent_tgid", 1)
            .with("uid", -2)
            .with("pid_ns", 0xeffffffcL)
            .with("net_ns", 0xf0000000L)
            .with("comm", "nginx: worker p")
            .with("exe", "nginx")
            .bytes());

    assertThat(views.seen).containsExactly(EventType.PROCESS);
  }

  @Test
  void aStringWithoutNulEndsWithItsArray() {
    expect(
        ProcessEvent.class,
        event -> {
          assertThat(event.comm()).asString(ISO_8859_1).isEqualTo("c".repeat(16));
          assertThat(event.exe()).asString(ISO_8859_1).isEqualTo("e".repeat(64));
        });

    decode(
        WireRecord.of(EventType.PROCESS)
            .with("comm", "c".repeat(16))
            .with("exe", "e".repeat(64))
            .bytes());

    assertThat(views.seen).containsExactly(EventType.PROCESS);
  }

  @Test
  void aCgroupEventIsDecoded() {
    expect(
        CgroupEvent.class,
        event -> {
          assertThat(event.cgroups()).isEqualTo(1234);
          assertThat(event.hierarchy()).isEqualTo(2);
          assertThat(event.path())
              .asString(ISO_8859_1)
              .isEqualTo("docker-0123.scope\0system.slice\0");
        });

    decode(
        WireRecord.of(EventType.CGROUP)
            .with("cgroups", 1234)
            .with("hierarchy", 2)
            .withPath("docker-0123.scope", "system.slice")
            .bytes());

    assertThat(views.seen).containsExactly(EventType.CGROUP);
  }

  @ParameterizedTest
  @ValueSource(ints = {2048, 2049, -1, Integer.MIN_VALUE})
  void aPathIsNotLongerThanItsRecord(int bytes) {
    expect(CgroupEvent.class, event -> assertThat(event.path()).hasSize(2048));

    decode(WireRecord.of(EventType.CGROUP).with("path_bytes", bytes).bytes());

    assertThat(views.seen).containsExactly(EventType.CGROUP);
  }

  // Invalid records are counted, and neither thrown nor delivered.

  @ParameterizedTest
  @EnumSource(value = EventType.class, names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void eachTypeIsDeliveredAndCountedUnderItsType(EventType type) {
    decode(WireRecord.of(type).bytes());

    assertThat(views.seen).containsExactly(type);
    for (EventType each : EventType.values()) {
      assertThat(decoder.counters().decodedOf(each)).isEqualTo(each == type ? 1 : 0);
    }
    assertThat(decoder.counters().tooShort()).isZero();
    assertThat(decoder.counters().unknownType()).isZero();
  }

  @ParameterizedTest
  @EnumSource(value = EventType.class, names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aRecordOneByteShortIsCounted(EventType type) {
    byte[] record = WireRecord.of(type).bytes();

    decode(record, record.length - 1);

    assertRefused(type);
  }

  @ParameterizedTest
  @EnumSource(value = EventType.class, names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aRecordWithATooSmallSizeIsCounted(EventType type) {
    WireRecord record = WireRecord.of(type);

    decode(record.with("size", record.bytes().length - 1).bytes());

    assertRefused(type);
  }

  @ParameterizedTest
  @EnumSource(value = EventType.class, names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aRecordWithATooLargeSizeIsCounted(EventType type) {
    WireRecord record = WireRecord.of(type);

    decode(record.with("size", record.bytes().length + 1).bytes());
    decode(record.with("size", -1).bytes());

    assertThat(decoder.counters().tooShort()).isEqualTo(2);
    assertThat(views.seen).isEmpty();
  }

  private void assertRefused(EventType type) {
    assertThat(decoder.counters().tooShort()).isEqualTo(1);
    assertThat(decoder.counters().decodedOf(type)).isZero();
    assertThat(views.seen).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(value = EventType.class, names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aLongerRecordOfALaterVersionIsDecoded(EventType type) {
    WireRecord record = WireRecord.of(type);
    byte[] bytes = record.bytes();
    byte[] longer = new byte[bytes.length + 16];
    System.arraycopy(record.with("size", longer.length).bytes(), 0, longer, 0, bytes.length);

    decode(longer);

    assertThat(views.seen).containsExactly(type);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 12, 13, 255, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
  void anUnknownTypeIsCounted(int type) {
    decode(WireRecord.of(EventType.TCP_CLOSE).with("type", type).bytes());

    assertThat(decoder.counters().unknownType()).isEqualTo(1);
    assertThat(decoder.counters().decodedOf(EventType.UNKNOWN)).isZero();
    assertThat(views.seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 7})
  void aRecordWithoutAHeaderIsCounted(int length) {
    decode(WireRecord.of(EventType.TCP_OPEN).bytes(), length);

    assertThat(decoder.counters().tooShort()).isEqualTo(1);
    assertThat(views.seen).isEmpty();
  }

  @Test
  void theCodeOfATypeIsItsIndexInTheCounters() {
    for (EventType type : EventType.values()) {
      assertThat(type.code()).isEqualTo(type.ordinal());
    }
  }
}
