package io.netspan.receiver.telemetry;

import static io.netspan.receiver.wire.FakeFlows.BOUND;
import static io.netspan.receiver.wire.FakeFlows.CONNECTED;
import static io.netspan.receiver.wire.FakeFlows.SENT_FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.udp.FlowTracker;
import io.netspan.receiver.wire.FakeFlows;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class FlowSpansTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<NetworkSpan> spans = new ArrayList<>();
  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder().registerMetricReader(reader).build();
  private final Resources resources = new Resources(Attributes.empty());
  private final FakeFlows kernel = new FakeFlows();
  private final List<WorkloadTable.Completion> late = new ArrayList<>();
  private boolean identifies = true;
  private final FlowSpans flowSpans =
      new FlowSpans(
          new FlowMetrics(meters.get("test"), resources.metrics()),
          new SpanSink(new NoExport(), new CollectedSpans(spans), new EpochOffset()),
          new Keep(List.of()));
  private final FlowTracker tracker =
      new FlowTracker(
          kernel,
          new WorkloadTable(
              new FakeEnricher().knows(1_001, 11, "dig").knows(1_003, 13, "named"),
              Contributors.NONE,
              resources,
              this::identify),
          flowSpans,
          60 * SECOND);

  /** Held strongly, because loggers are otherwise garbage-collected with their level. */
  private static final Logger SDK = Logger.getLogger("io.opentelemetry.sdk.metrics");

  /** The SDK warns of overflows, which one of the tests provokes. */
  @BeforeAll
  static void silenceTheSdk() {
    SDK.setLevel(Level.OFF);
  }

  @AfterAll
  static void restoreTheLogLevelOfTheSdk() {
    SDK.setLevel(null);
  }

  @AfterEach
  void stop() {
    meters.close();
  }

  private void identify(WorkloadTable.Completion completion) {
    if (identifies) {
      completion.run();
    } else {
      late.add(completion);
    }
  }

  private FakeFlows.Entry client(long socket, long id) {
    return kernel
        .flow(socket, id, SECOND)
        .peer("10.0.0.53", 53)
        .local("10.0.0.7", 40_001)
        .with("last_ns", 3 * SECOND)
        .with("tgid", 1_001)
        .with("start_time", 11)
        .with("tid", 1_007)
        .with("net_ns", 0xf0000000L)
        .with("flags", SENT_FIRST | CONNECTED)
        .counts(3, 2)
        .with("exchanges", 2)
        .with("exchange_sum_ns", 3_000_000)
        .with("exchange_max_ns", 2_000_000);
  }

  /** The other end of the flow of a {@link #client}. */
  private FakeFlows.Entry server(long socket, long id) {
    return client(socket, id)
        .local("10.0.0.53", 53)
        .peer("10.0.0.7", 40_001)
        .with("tgid", 1_003)
        .with("start_time", 13)
        .with("flags", BOUND);
  }

  private NetworkSpan span() {
    tracker.pass(4 * SECOND, 4 * SECOND);
    tracker.stop();
    assertThat(spans).hasSize(1);
    return spans.getFirst();
  }

  private static Map<String, Object> attributes(NetworkSpan span) {
    Map<String, Object> all = new TreeMap<>();
    span.getAttributes().forEach((key, value) -> all.put(key.getKey(), value));
    return all;
  }

  @Test
  void aClientFlowHasAllAttributes() {
    client(1, 7);
    NetworkSpan span = span();

    assertThat(span.getName()).isEqualTo("udp 53");
    assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
    assertThat(span.getStatus()).isEqualTo(StatusData.unset());
    assertThat(span.getLatencyNanos()).isEqualTo(2 * SECOND);
    assertThat(span.getSpanContext().isValid()).isTrue();
    assertThat(span.getParentSpanContext().isValid()).isFalse();
    assertThat(span.roundTripNs()).isEqualTo(1_500_000);
    assertThat(attributes(span))
        .containsOnly(
            Map.entry("network.transport", "udp"),
            Map.entry("network.type", "ipv4"),
            Map.entry("network.local.address", "10.0.0.7"),
            Map.entry("network.local.port", 40_001L),
            Map.entry("network.peer.address", "10.0.0.53"),
            Map.entry("network.peer.port", 53L),
            Map.entry("server.address", "10.0.0.53"),
            Map.entry("server.port", 53L),
            Map.entry("client.address", "10.0.0.7"),
            Map.entry("client.port", 40_001L),
            Map.entry("netspan.thread.id", 1_007L),
            Map.entry("netspan.netns", 0xf0000000L),
            Map.entry("netspan.provenance", "live"),
            Map.entry("netspan.process.provenance", "datagram"),
            Map.entry("netspan.flow.end", "stopped"),
            Map.entry("netspan.bytes.sent", 30L),
            Map.entry("netspan.bytes.received", 200L),
            Map.entry("netspan.flow.datagrams.sent", 3L),
            Map.entry("netspan.flow.datagrams.received", 2L),
            Map.entry("netspan.flow.requests", 2L),
            Map.entry("netspan.flow.response.duration.mean", 0.0015),
            Map.entry("netspan.flow.response.duration.max", 0.002));
  }

  @Test
  void aServerBoundToAnyAddressHasNoLocalAddress() {
    client(1, 7).local("0.0.0.0", 53).peer("10.0.0.7", 40_001).with("flags", BOUND);
    NetworkSpan span = span();

    assertThat(span.getKind()).isEqualTo(SpanKind.SERVER);
    assertThat(span.roundTripNs()).as("round-trip time at the end that answers").isZero();
    assertThat(attributes(span))
        .containsEntry("server.port", 53L)
        .containsEntry("client.address", "10.0.0.7")
        .containsEntry("client.port", 40_001L)
        .doesNotContainKeys("server.address", "network.local.address");
  }

  @Test
  void aFlowWithoutRolesHasSourceAndDestination() {
    client(1, 7).local("10.0.0.7", 5_060).peer("10.0.0.8", 5_061).with("flags", BOUND | SENT_FIRST);
    NetworkSpan span = span();

    assertThat(span.getName()).isEqualTo("udp");
    assertThat(span.getKind()).isEqualTo(SpanKind.INTERNAL);
    assertThat(attributes(span))
        .containsEntry("source.address", "10.0.0.7")
        .containsEntry("source.port", 5_060L)
        .containsEntry("destination.address", "10.0.0.8")
        .containsEntry("destination.port", 5_061L)
        .doesNotContainKeys("server.port", "client.port");
  }

  @Test
  void theSourceIsTheEndThatSentFirst() {
    client(1, 7).local("10.0.0.7", 40_001).peer("10.0.0.8", 40_002).with("flags", 0);

    assertThat(attributes(span()))
        .containsEntry("source.port", 40_002L)
        .containsEntry("destination.port", 40_001L);
  }

  @Test
  void aFlowOfAnUnknownPeerHasNoPeerAttributes() {
    client(1, 7).with("kind", 1).with("port", 0).with("flags", BOUND);
    NetworkSpan span = span();

    assertThat(span.peers()).isEqualTo("unknown");
    assertThat(span.peerAddress()).isNull();
    assertThat(attributes(span))
        .containsEntry("netspan.flow.peer", "unknown")
        .doesNotContainKeys("network.peer.address", "network.peer.port", "client.port");
  }

  @Test
  void aFlowWithAnIcmpErrorIsAnError() {
    client(1, 7).with("errors", 2).with("error", 111).with("exchanges", 0);
    NetworkSpan span = span();

    assertThat(span.getStatus())
        .isEqualTo(StatusData.create(StatusCode.ERROR, "nothing listens at this address and port"));
    assertThat(span.error()).isEqualTo("connection_refused");
    assertThat(attributes(span))
        .containsEntry("error.type", "connection_refused")
        .doesNotContainKeys("netspan.flow.requests", "netspan.flow.response.duration.max");
  }

  private Map<String, Long> sums(String name) {
    Map<String, Long> all = new TreeMap<>();
    reader.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .forEach(
            point -> {
              Map<String, String> sorted = new TreeMap<>();
              point.getAttributes().forEach((k, v) -> sorted.put(k.getKey(), v.toString()));
              sorted.remove("service.instance.id"); // derived from the other attributes
              all.put(sorted.toString(), point.getValue());
            });
    return all;
  }

  @Test
  void aFlowIsCountedWhenItsProcessIsIdentified() {
    identifies = false;
    FakeFlows.Entry client = client(1, 7).counts(2, 1);
    tracker.pass(4 * SECOND, 4 * SECOND);
    assertThat(sums("netspan.flow.datagrams")).isEmpty();

    late.forEach(WorkloadTable.Completion::run);
    client.counts(4, 3);
    tracker.pass(5 * SECOND, 5 * SECOND);
    assertThat(sums("netspan.flow.datagrams"))
        .hasSize(2)
        .allSatisfy((attributes, _) -> assertThat(attributes).contains("service.name=dig"))
        .containsValues(4L, 3L);
  }

  /** Such as the question of a program to a name server: both begin and end between two passes. */
  @Test
  void aFlowThatEndedIsCountedWhenTheProcessesAtItsEndsAreIdentified() {
    identifies = false;
    client(1, 7).counts(2, 1);
    server(2, 9).counts(1, 2);
    kernel.closes(1);
    kernel.closes(2);
    tracker.pass(4 * SECOND, 4 * SECOND);
    tracker.pass(5 * SECOND, 5 * SECOND);
    assertThat(spans).hasSize(2);
    assertThat(sums("netspan.flow.datagrams")).isEmpty();

    late.getFirst().run();
    tracker.pass(6 * SECOND, 6 * SECOND);
    assertThat(sums("netspan.flow.datagrams")).isEmpty();

    late.getLast().run();
    tracker.pass(7 * SECOND, 7 * SECOND);
    assertThat(sums("netspan.flow.datagrams").keySet())
        .hasSize(4)
        .allMatch(
            series ->
                series.contains("service.name=dig, service.peer.name=named")
                    || series.contains("service.name=named, service.peer.name=dig"));
    assertThat(sums("netspan.flow.datagrams").values()).containsExactlyInAnyOrder(2L, 1L, 1L, 2L);
  }

  @Test
  void whenTheAgentStopsAFlowIsCountedUnderTheNameThatIsKnownByThen() {
    identifies = false;
    client(1, 7).counts(2, 1);
    tracker.pass(4 * SECOND, 4 * SECOND);
    tracker.stop();
    assertThat(sums("netspan.flow.datagrams")).isEmpty();

    late.getFirst().run();
    flowSpans.finish();
    assertThat(sums("netspan.flow.datagrams"))
        .hasSize(2)
        .allSatisfy((attributes, _) -> assertThat(attributes).contains("service.name=dig"));
  }

  @Test
  void metricsAreUpdatedWhileFlowsAreOpen() {
    FakeFlows.Entry client = client(1, 7);
    server(2, 9).counts(2, 3);
    tracker.pass(4 * SECOND, 4 * SECOND);
    client.counts(4, 3);
    tracker.pass(5 * SECOND, 5 * SECOND);

    String dig =
        "{netspan.role=client, network.io.direction=%s, network.transport=udp, server.port=53, service.name=dig, service.peer.name=named}";
    String named =
        "{netspan.role=server, network.io.direction=%s, network.transport=udp, server.port=53, service.name=named, service.peer.name=dig}";
    assertThat(sums("netspan.flow.io"))
        .containsOnly(
            Map.entry(dig.formatted("transmit"), 40L),
            Map.entry(dig.formatted("receive"), 300L),
            Map.entry(named.formatted("transmit"), 20L),
            Map.entry(named.formatted("receive"), 300L));
    assertThat(sums("netspan.flow.datagrams"))
        .containsOnly(
            Map.entry(dig.formatted("transmit"), 4L),
            Map.entry(dig.formatted("receive"), 3L),
            Map.entry(named.formatted("transmit"), 2L),
            Map.entry(named.formatted("receive"), 3L));
    assertThat(spans).isEmpty();
  }

  @Test
  void seriesOverTheLimitShareTheOverflowSeries() {
    int ports = 2_503;
    for (int port = 1; port <= ports; port++) {
      client(port, port).peer("10.0.0.53", port).counts(1, 0);
    }
    tracker.pass(4 * SECOND, 4 * SECOND);

    // The limit of the SDK, which the agent raises, is for a metric without directions.
    Map<String, Long> datagrams = sums("netspan.flow.datagrams");
    assertThat(datagrams).hasSizeLessThanOrEqualTo(2_000);
    assertThat(datagrams.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(ports);
  }
}
