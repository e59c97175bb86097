package io.netspan.receiver.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.bpf.btf.Btf;
import io.netspan.receiver.wire.FakeFlows;
import io.netspan.receiver.wire.UdpFlowView;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Compares the Java layouts with the C structs of the object that counts UDP flows. */
final class UdpContractTest {
  private static final String OBJECT = "/io/netspan/bpf/object/udp.bpf.o";

  private static Btf btf;

  @BeforeAll
  static void readObject() throws IOException {
    try (InputStream in = UdpContractTest.class.getResourceAsStream(OBJECT)) {
      btf = Btf.of(Objects.requireNonNull(in, OBJECT).readAllBytes());
    }
  }

  @Test
  void everyLayoutMatchesItsStruct() {
    assertThat(UdpFlowMaps.differences(btf)).isEmpty();
  }

  @Test
  void everyStructHasALayout() {
    List<String> structs =
        btf.struct("wire").orElseThrow().members().stream()
            .map(member -> member.struct().orElseThrow().name())
            .toList();

    assertThat(UdpFlowMaps.layouts().stream().map(layout -> layout.name().orElseThrow()))
        .hasSize(7)
        .containsExactlyInAnyOrderElementsOf(structs);
  }

  @Test
  void everyMemberIsReadFromItsOffset() {
    FakeFlows flows = new FakeFlows();
    flows
        .flow(1, 2, 3)
        .peer("2001:db8::1:2", 4)
        .local("fd00::5", 6)
        .with("last_ns", 7)
        .with("bytes_sent", 8)
        .with("bytes_received", 9)
        .with("datagrams_sent", 10)
        .with("datagrams_received", 11)
        .with("exchanges", 12)
        .with("exchange_sum_ns", 13)
        .with("exchange_max_ns", 14)
        .with("start_time", 15)
        .with("tgid", 16)
        .with("tid", 17)
        .with("net_ns", 18)
        .with("errors", 19)
        .with("error", 111)
        .with("flags", FakeFlows.SENT_FIRST | FakeFlows.BOUND)
        .with("kind", 2);

    flows.flows(UdpContractTest::check);
  }

  private static void check(UdpFlowView flow) {
    assertThat(
            List.of(
                flow.socket(),
                flow.id(),
                flow.firstNs(),
                (long) flow.peerPort(),
                flow.localLow(),
                (long) flow.localPort(),
                flow.lastNs(),
                flow.bytesSent(),
                flow.bytesReceived(),
                flow.datagramsSent(),
                flow.datagramsReceived(),
                flow.exchanges(),
                flow.exchangeSumNs(),
                flow.exchangeMaxNs(),
                flow.startTime(),
                (long) flow.tgid(),
                (long) flow.tid(),
                (long) flow.netns(),
                (long) flow.errors()))
        .containsExactly(
            1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 14L, 15L, 16L, 17L, 18L, 19L);
    assertThat(flow.peerHigh()).isEqualTo(0x20010db800000000L);
    assertThat(flow.peerLow()).isEqualTo(0x10002L);
    assertThat(flow.localHigh()).isEqualTo(0xfd00L << 48);
    assertThat(flow.error()).isEqualTo(111);
    assertThat(flow.isIpv6()).isTrue();
    assertThat(flow.hasPeer()).isFalse();
    assertThat(flow.isOfOthers()).isTrue();
    assertThat(flow.sentFirst()).isTrue();
    assertThat(flow.connected()).isFalse();
    assertThat(flow.bound()).isTrue();
    assertThat(flow.own()).isFalse();
  }
}
