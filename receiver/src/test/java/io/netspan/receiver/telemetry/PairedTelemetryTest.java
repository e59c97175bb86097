package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.AddressRange;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.net.Address;
import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.Ends;
import io.netspan.receiver.pair.Pairing;
import io.netspan.receiver.pair.PeerNames;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.Translation;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Spans and metrics of connections with both sides on this machine. */
final class PairedTelemetryTest {
  private final List<NetworkSpan> spans = new ArrayList<>();
  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final Resources resources = new Resources(Attributes.empty());
  private final ConnectionMetrics metrics =
      new ConnectionMetrics(
          SdkMeterProvider.builder().registerMetricReader(reader).build().get("test"),
          resources.metrics());
  private final ConnectionSpans made =
      new ConnectionSpans(
          new SpanSink(new NoExport(), new CollectedSpans(spans), new EpochOffset()),
          new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
          new Keep(List.of()));
  private final PeerNames names = new PeerNames();
  private final Pairing pairing =
      new Pairing(new ConnectionTelemetry(metrics, made), names, this::translate);
  private final List<Translation> asked = new ArrayList<>();

  private Translation translate(Connection client) {
    asked.add(new Translation(Ends.of(client), client.owner().key().pid(), System.nanoTime()));
    return asked.getLast();
  }

  private final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(
              new FakeEnricher(), Contributors.NONE, resources, WorkloadTable.Completion::run),
          pairing,
          new SplittableRandom(1),
          1_000);
  private final FakeKernel kernel = new FakeKernel(new EventDecoder(tracker));

  @BeforeEach
  void announce() {
    pairing.releaseTo(tracker::release);
    metrics.releaseTo(tracker::release);
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX_WORKER);
  }

  private FakeSocket opened(FakeSocket client) {
    client.open(FakeProcess.CURL);
    client.established();
    return client;
  }

  private Attributes span(int index) {
    return spans.get(index).getAttributes();
  }

  /** Non-zero points by the services of both ends. */
  private Map<String, Long> points(String metric) {
    Map<String, Long> all = new TreeMap<>();
    reader.collectAllMetrics().stream()
        .filter(one -> one.getName().equals(metric))
        .flatMap(one -> one.getLongSumData().getPoints().stream())
        .filter(point -> point.getValue() != 0)
        .forEach(
            point ->
                all.merge(
                    point.getAttributes().get(stringKey("service.name"))
                        + " with "
                        + point.getAttributes().get(stringKey("service.peer.name")),
                    point.getValue(),
                    Long::sum));
    return all;
  }

  @Test
  void bothSpansNameTheOtherEndAndTheAddressTranslation() {
    FakeSocket client = opened(kernel.client(0xc).peer("10.96.0.10", 80));
    FakeSocket server = kernel.server(0x5).local("10.0.0.2", 8080);
    server.established();
    client.closesFirst(FakeProcess.CURL);
    client.close(5);
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);

    assertThat(spans).hasSize(2);
    assertThat(span(0).get(stringKey("service.peer.name"))).isEqualTo("nginx");
    assertThat(span(0).get(stringKey("peer.service"))).isEqualTo("nginx");
    assertThat(span(0).get(longKey("netspan.peer.process.pid")))
        .isEqualTo(FakeProcess.NGINX_WORKER.pid());
    assertThat(span(1).get(stringKey("service.peer.name"))).isEqualTo("curl");
    assertThat(spans).extracting(NetworkSpan::getName).containsExactly("tcp 80", "tcp 8080");
    for (int i = 0; i < 2; i++) {
      assertThat(span(i).get(stringKey("netspan.peer.provenance"))).isEqualTo("pair");
      assertThat(span(i).get(stringKey("netspan.asked.address"))).isEqualTo("10.96.0.10");
      assertThat(span(i).get(longKey("netspan.asked.port"))).isEqualTo(80);
      assertThat(span(i).get(stringKey("netspan.actual.address"))).isEqualTo("10.0.0.2");
      assertThat(span(i).get(longKey("netspan.actual.port"))).isEqualTo(8080);
    }
  }

  @Test
  void spansWithoutAddressTranslationHaveNoAskedOrActualAddress() {
    FakeSocket client = opened(kernel.client(0xc));
    FakeSocket server = kernel.server(0x5);
    server.established();
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);
    client.closesFirst(FakeProcess.CURL);
    client.close(5);

    assertThat(spans).hasSize(2);
    assertThat(spans)
        .allSatisfy(
            span ->
                assertThat(span.getAttributes().asMap().keySet())
                    .noneMatch(key -> key.getKey().matches("netspan\\.(asked|actual)\\..*")));
  }

  private void name(String address, int length, String name, PeerName.Provenance provenance) {
    Address first = Address.of(InetAddress.ofLiteral(address));
    names.replace(
        List.of(
            new PeerNames.Range(
                first.ipv6(), first.high(), first.low(), length, new PeerName(name, provenance))));
  }

  @Test
  void anAddressNamesTheOtherEndOfWhichNoProcessIsKnown() {
    name("10.96.0.0", 16, "billing", PeerName.Provenance.CIDR);
    FakeSocket client = opened(kernel.client(0xc).peer("10.96.0.10", 80));
    tracker.reportEnds(Long.MAX_VALUE);
    assertThat(points("netspan.connection.active")).containsOnlyKeys("curl with billing");
    client.closesFirst(FakeProcess.CURL);
    client.close(5);

    name("10.96.0.10", 32, "billing-host", PeerName.Provenance.HOSTS);
    FakeSocket failed = kernel.client(0xd).peer("10.96.0.10", 80);
    failed.open(FakeProcess.CURL);
    failed.close(2);

    assertThat(spans).hasSize(2);
    assertThat(span(0).get(stringKey("service.peer.name"))).isEqualTo("billing");
    assertThat(span(0).get(stringKey("peer.service"))).isEqualTo("billing");
    assertThat(span(0).get(stringKey("netspan.peer.provenance"))).isEqualTo("cidr");
    assertThat(span(0).get(longKey("netspan.peer.process.pid"))).isNull();
    assertThat(span(1).get(stringKey("service.peer.name"))).isEqualTo("billing-host");
    assertThat(span(1).get(stringKey("netspan.peer.provenance"))).isEqualTo("hosts");
    assertThat(points("netspan.connections"))
        .containsOnly(Map.entry("curl with billing", 1L), Map.entry("curl with billing-host", 1L));
  }

  @Test
  void aClientWithoutAnotherSideHereIsAskedAboutOnce() {
    FakeSocket client = opened(kernel.client(0xc).peer("10.96.0.10", 80));
    assertThat(asked).as("while the other side may still come").isEmpty();
    tracker.reportEnds(0);
    assertThat(asked).hasSize(1);
    asked.getFirst().found(new Endpoint(Address.of(InetAddress.ofLiteral("10.4.5.6")), 8080));
    asked.getFirst().answered();
    client.closesFirst(FakeProcess.CURL);
    client.close(5);

    assertThat(asked).hasSize(1);
    assertThat(span(0).get(stringKey("netspan.asked.address"))).isEqualTo("10.96.0.10");
    assertThat(span(0).get(longKey("netspan.asked.port"))).isEqualTo(80);
    assertThat(span(0).get(stringKey("netspan.actual.address"))).isEqualTo("10.4.5.6");
    assertThat(span(0).get(longKey("netspan.actual.port"))).isEqualTo(8080);
  }

  @Test
  void aClientThatWasNotTranslatedHasNoAskedOrActualAddress() {
    FakeSocket client = opened(kernel.client(0xc).peer("10.96.0.10", 80));
    client.closesFirst(FakeProcess.CURL);
    client.close(5);
    assertThat(asked).hasSize(1);
    asked.getFirst().found(new Endpoint(Address.of(InetAddress.ofLiteral("10.96.0.10")), 80));

    assertThat(span(0).asMap().keySet())
        .noneMatch(key -> key.getKey().matches("netspan\\.(asked|actual)\\..*"));
  }

  @Test
  void aClientWhoseOtherSideIsHereIsNotAskedAbout() {
    opened(kernel.client(0xc));
    kernel.server(0x5).established();
    tracker.reportEnds(0);
    assertThat(asked).isEmpty();
  }

  @Test
  void aKnownProcessComesBeforeTheNameOfItsAddress() {
    name("0.0.0.0", 0, "anyone", PeerName.Provenance.CIDR);
    FakeSocket client = opened(kernel.client(0xc));
    FakeSocket server = kernel.server(0x5);
    server.established();
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);
    client.closesFirst(FakeProcess.CURL);
    client.close(5);

    assertThat(spans).hasSize(2);
    assertThat(span(0).get(stringKey("service.peer.name"))).isEqualTo("curl");
    assertThat(span(1).get(stringKey("service.peer.name"))).isEqualTo("nginx");
    assertThat(spans)
        .allSatisfy(
            span ->
                assertThat(span.getAttributes().get(stringKey("netspan.peer.provenance")))
                    .isEqualTo("pair"));
    assertThat(points("netspan.connections"))
        .containsOnly(Map.entry("curl with nginx", 1L), Map.entry("nginx with curl", 1L));
  }

  @Test
  void metricsNameTheOtherEnd() {
    FakeSocket client = opened(kernel.client(0xc));
    FakeSocket server = kernel.server(0x5);
    server.established();
    assertThat(points("netspan.connection.active")).isEmpty();

    server.closesLast(FakeProcess.NGINX_WORKER);
    assertThat(points("netspan.connection.active")).containsEntry("nginx with curl", 1L);
    server.close(9);
    assertThat(points("netspan.connection.active").keySet())
        .as("open sides, without the one that waits for its other end")
        .noneMatch(key -> key.startsWith("nginx"));
    client.closesFirst(FakeProcess.CURL);
    client.close(5);

    assertThat(points("netspan.connection.active")).isEmpty();
    assertThat(points("netspan.connection.retransmits").keySet())
        .as("no series without the other end")
        .allMatch(key -> !key.endsWith("null"));
    assertThat(points("netspan.connections"))
        .containsOnly(Map.entry("curl with nginx", 1L), Map.entry("nginx with curl", 1L));
    assertThat(points("netspan.connection.io").keySet())
        .containsExactly("curl with nginx", "nginx with curl");
  }
}
