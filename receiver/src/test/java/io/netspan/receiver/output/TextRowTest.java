package io.netspan.receiver.output;

import static io.netspan.receiver.wire.FakeFlows.BOUND;
import static io.netspan.receiver.wire.FakeFlows.CONNECTED;
import static io.netspan.receiver.wire.FakeFlows.SENT_FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.wire.FakeFlows;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TextRowTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<NetworkSpan> spans = new ArrayList<>();
  private final FakeKernel connections = FakeSpans.into(new CollectedSpans(spans));
  private final FakeFlows flows = new FakeFlows();

  private TextRow row() {
    FakeSpans.end(flows, new CollectedSpans(spans), 4 * SECOND);
    assertThat(spans).hasSize(1);
    return TextRow.of(spans.getFirst(), ZoneOffset.UTC);
  }

  private FakeFlows.Entry flow() {
    return flows
        .flow(1, 7, SECOND)
        .peer("10.0.0.53", 53)
        .local("10.0.0.7", 40_001)
        .with("last_ns", 3 * SECOND)
        .with("flags", SENT_FIRST | CONNECTED)
        .counts(3, 2)
        .with("exchanges", 2)
        .with("exchange_sum_ns", 3_000_000);
  }

  @Test
  void aClientFlowHasAllColumns() {
    flow();
    TextRow row = row();

    assertThat(row)
        .isEqualTo(
            new TextRow(
                row.time(),
                "?",
                "-",
                "CLIENT",
                "10.0.0.7:40001",
                "10.0.0.53:53",
                "stopped",
                "2.0s",
                "30",
                "200",
                "1.50ms",
                "udp"));
  }

  @Test
  void aFlowWithoutRolesHasTheSidePeer() {
    flow().local("10.0.0.7", 5_060).peer("10.0.0.8", 5_061).with("flags", BOUND | SENT_FIRST);

    assertThat(row().side()).isEqualTo("PEER");
  }

  @Test
  void aFlowOfAnUnknownPeerIsPrintedAsUnknown() {
    flow().with("kind", 1).with("port", 0).with("flags", BOUND);

    assertThat(row().remote()).isEqualTo("(unknown)");
  }

  @Test
  void aRefusedFlowIsPrintedWithItsError() {
    flow().with("errors", 2).with("error", 111);

    assertThat(row().end()).isEqualTo("connection_refused");
  }

  @Test
  void anIpv6ConnectionIsPrintedWithBrackets() {
    FakeSocket client =
        connections.client(0xc).local("2001:db8::1", 40_001).peer("2001:db8::2", 443);
    client.open(FakeProcess.CURL);
    client.established();
    client.close(1, 104);
    TextRow row = row();

    assertThat(row.local()).isEqualTo("[2001:db8::1]:40001");
    assertThat(row.remote()).isEqualTo("[2001:db8::2]:443");
    assertThat(row.end()).isEqualTo("connection_reset");
    assertThat(row.connection()).isEqualTo("1111111122222222");
  }

  @Test
  void aConnectWithoutALocalAddressIsPrintedWithZeros() {
    FakeSocket client = connections.client(0xc).local("0.0.0.0", 0);
    client.open(FakeProcess.CURL);
    client.close(2, 111);
    TextRow row = row();

    assertThat(row.local()).isEqualTo("0.0.0.0:0");
    assertThat(row.connection()).isEqualTo("-");
  }

  @Test
  void aConnectionWhoseEndWasNotSeenIsPrintedWithoutTotals() {
    FakeSocket client = connections.client(0xc).local("::", 40_001).peer("2001:db8::2", 443);
    client.open(FakeProcess.CURL);
    client.established();
    connections.client(0xc).open(FakeProcess.CURL);
    TextRow row = row();

    assertThat(row.local()).isEqualTo("[::]:40001");
    assertThat(row.out()).isEqualTo("-");
    assertThat(row.in()).isEqualTo("-");
    assertThat(row.end()).isEqualTo("unknown");
  }
}
