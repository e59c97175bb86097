package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Telemetry as it arrives at a backend for OTLP. */
@RequiresRoot
@RequiresProgram({"nginx", "curl"})
class OtlpExportTest {
  private static final int CONNECTIONS = 23;
  private static final int REFUSED = 7;
  private static final String SCHEMA = "https://opentelemetry.io/schemas/1.43.0";

  private static final Set<String> METRICS =
      Set.of(
          "netspan.connections",
          "netspan.connection.active",
          "netspan.connection.duration",
          "netspan.connection.handshake.duration",
          "netspan.connection.rtt",
          "netspan.connection.io",
          "netspan.connection.retransmits",
          "netspan.agent.events",
          "netspan.agent.lost",
          "netspan.agent.ring.usage",
          "netspan.agent.tracked",
          "netspan.agent.enrichment");

  @TempDir private Path folder;

  @Test
  void spansAndMetricsArriveOverGrpc() throws Exception {
    try (Collector collector = new GrpcCollector()) {
      spansAndMetricsArriveAndTheAgentIsNotAmongThem(collector);
    }
  }

  @Test
  void spansAndMetricsArriveOverHttpProtobuf() throws Exception {
    try (Collector collector = new HttpCollector()) {
      spansAndMetricsArriveAndTheAgentIsNotAmongThem(collector);
    }
  }

  @Test
  void includeSelfReportsTheAgentsOwnConnections() throws Exception {
    try (Collector collector = new GrpcCollector();
        AgentProcess agent = export(collector).option("--include-self").start()) {
      List<Side> sides = agent.awaitSides(collector.port(), 4);

      assertThat(agent.errors()).doesNotContain("WARN");
      assertThat(sides.stream().filter(Side::isClient))
          .isNotEmpty()
          .allSatisfy(side -> assertThat(side.pid()).isEqualTo(agent.pid()));
      assertThat(sides.stream().filter(Side::isServer))
          .isNotEmpty()
          .allSatisfy(side -> assertThat(side.pid()).isEqualTo(ProcessHandle.current().pid()));
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
  }

  private static AgentProcess.Builder export(Collector collector) {
    return AgentProcess.json()
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "250");
  }

  private void spansAndMetricsArriveAndTheAgentIsNotAmongThem(Collector collector)
      throws IOException, InterruptedException {
    int closed = Ports.free();
    try (AgentProcess agent = export(collector).start();
        Nginx nginx = Nginx.start(folder, 1)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        Command.run("curl", "-s", "http://127.0.0.1:" + nginx.port());
      }
      for (int i = 0; i < REFUSED; i++) {
        Command.attempt("curl", "-s", "http://127.0.0.1:" + closed);
      }
      long began = System.nanoTime();
      await("the spans")
          .pollInterval(Duration.ofMillis(10))
          .until(
              () ->
                  collector.spans(nginx.port()).size() >= 2 * CONNECTIONS
                      && collector.spans(closed).size() >= REFUSED);
      System.out.printf(
          "OTLP/%s: %d spans, the last %d ms after its connection's end%n",
          collector.protocol(), 2 * CONNECTIONS + REFUSED, (System.nanoTime() - began) / 1_000_000);
      int collections = collector.collections();
      await("more metrics").until(() -> collector.collections() > collections + 2);

      Totals totals = agent.stop();

      assertThat(totals.lost()).isEqualTo("nothing");
      assertThat(agent.errors()).contains("OTLP/" + collector.protocol()).doesNotContain("WARN");
      assertThat(agent.sides(collector.port()))
          .as("telemetry of the agent's own connections")
          .isEmpty();
      assertThat(collector.spans(collector.port()))
          .as("telemetry of the agent's own connections")
          .isEmpty();
      checkTraces(collector.spans(nginx.port()), nginx);
      checkRefused(collector.spans(closed));
      checkMetrics(collector.latestMetrics(), nginx.port(), closed);
    }
  }

  private static void checkTraces(List<ReceivedSpan> spans, Nginx nginx) {
    assertThat(spans).hasSize(2 * CONNECTIONS).allSatisfy(OtlpExportTest::checkForm);
    assertThat(spans)
        .extracting(one -> "netspan " + one.scope().getScope().getVersion())
        .containsOnly(version());
    Map<Object, List<ReceivedSpan>> traces =
        spans.stream().collect(Collectors.groupingBy(ReceivedSpan::traceId));
    assertThat(traces).hasSize(CONNECTIONS);
    assertThat(traces.values()).allSatisfy(trace -> checkTrace(trace, nginx));
  }

  private static String version() {
    Command command = Command.run(Launcher.path().toString(), "--version");
    return command.output().lines().findFirst().orElseThrow();
  }

  private static void checkTrace(List<ReceivedSpan> trace, Nginx nginx) {
    assertThat(trace).hasSize(2);
    ReceivedSpan server = trace.get(trace.get(0).isServer() ? 0 : 1);
    ReceivedSpan client = trace.get(trace.get(0).isServer() ? 1 : 0);
    assertThat(server.span().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
    assertThat(client.span().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
    assertThat(server.span().getParentSpanId()).isEqualTo(client.span().getSpanId());
    assertThat(client.span().getParentSpanId().isEmpty()).isTrue();
    assertThat(client.text("service.name")).isEqualTo("curl");
    assertThat(server.text("service.name")).isEqualTo("nginx");
    assertThat(nginx.workers()).contains(server.number("process.pid"));
    checkPeer(client, server, "nginx");
    checkPeer(server, client, "curl");
    assertThat(server.text("netspan.connection.id"))
        .isEqualTo(client.text("netspan.connection.id"));
    assertThat(server.number("netspan.bytes.sent"))
        .isEqualTo(client.number("netspan.bytes.received"));
    assertThat(client.number("netspan.bytes.sent"))
        .isEqualTo(server.number("netspan.bytes.received"));
  }

  private static void checkPeer(ReceivedSpan one, ReceivedSpan other, String name) {
    assertThat(one.text("service.peer.name")).isEqualTo(name);
    assertThat(one.text("peer.service")).isEqualTo(name);
    assertThat(one.text("netspan.peer.provenance")).isEqualTo("pair");
    assertThat(one.number("netspan.peer.process.pid")).isEqualTo(other.number("process.pid"));
  }

  private static void checkForm(ReceivedSpan one) {
    Span span = one.span();
    assertThat(span.getTraceId().size()).isEqualTo(16);
    assertThat(span.getSpanId().size()).isEqualTo(8);
    assertThat(one.emptyAttributes()).isEmpty();
    assertThat(one.resource().getSchemaUrl()).isEqualTo(SCHEMA);
    assertThat(one.scope().getScope().getName()).isEqualTo("io.netspan");
    assertThat(span.getName()).isEqualTo("tcp " + one.number("server.port"));
    assertThat(span.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_UNSET);
    assertThat(span.getEventsList()).hasSize(1);
    assertThat(span.getEvents(0).getName()).isEqualTo("established");
    assertThat(span.getEvents(0).getTimeUnixNano())
        .isBetween(span.getStartTimeUnixNano(), span.getEndTimeUnixNano());
  }

  private static void checkRefused(List<ReceivedSpan> spans) {
    assertThat(spans)
        .hasSize(REFUSED)
        .allSatisfy(
            one -> {
              assertThat(one.span().getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
              assertThat(one.text("error.type")).isEqualTo("connection_refused");
              assertThat(one.span().getStatus().getCode())
                  .isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
              assertThat(one.span().getEventsList()).isEmpty();
              assertThat(one.emptyAttributes()).isEmpty();
            });
  }

  private static void checkMetrics(List<Metric> metrics, int port, int closed) {
    Set<String> names =
        metrics.stream().map(Metric::getName).collect(Collectors.toCollection(TreeSet::new));
    System.out.println("metrics: " + names);
    assertThat(names).containsAll(METRICS);
    assertThat(names.stream().filter(name -> name.startsWith("otel.sdk.")))
        .as("documented metrics")
        .isNotEmpty()
        .allMatch(name -> document().contains("`" + name + "`"));
    Metric connections = named(metrics, "netspan.connections");
    assertThat(connections.getUnit()).isEqualTo("{connection}");
    assertThat(connections.getSum().getIsMonotonic()).isTrue();
    assertThat(connections.getSum().getAggregationTemporality())
        .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
    assertThat(sum(connections, port, "netspan.role=client", "service.name=curl"))
        .isEqualTo(CONNECTIONS);
    assertThat(sum(connections, port, "netspan.role=server", "service.name=nginx"))
        .isEqualTo(CONNECTIONS);
    assertThat(sum(connections, port, "service.name=curl", "service.peer.name=nginx"))
        .isEqualTo(CONNECTIONS);
    assertThat(sum(connections, port, "service.name=nginx", "service.peer.name=curl"))
        .isEqualTo(CONNECTIONS);
    assertThat(sum(connections, port)).isEqualTo(2 * CONNECTIONS);
    assertThat(sum(connections, closed, "netspan.role=client", "error.type=connection_refused"))
        .isEqualTo(REFUSED);
    assertThat(sum(connections, closed)).isEqualTo(REFUSED);
    assertThat(sum(named(metrics, "netspan.connection.active"), port)).isZero();
    checkIo(named(metrics, "netspan.connection.io"), port);
    checkDurations(named(metrics, "netspan.connection.duration"), port);
  }

  private static String document() {
    try {
      return Files.readString(Path.of("../docs/telemetry.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void checkIo(Metric io, int port) {
    long request = sum(io, port, "netspan.role=client", "network.io.direction=transmit");
    long response = sum(io, port, "netspan.role=client", "network.io.direction=receive");
    assertThat(request).isPositive();
    assertThat(response).isPositive();
    assertThat(sum(io, port, "netspan.role=server", "network.io.direction=receive"))
        .isEqualTo(request);
    assertThat(sum(io, port, "netspan.role=server", "network.io.direction=transmit"))
        .isEqualTo(response);
  }

  private static void checkDurations(Metric duration, int port) {
    assertThat(duration.getUnit()).isEqualTo("s");
    assertThat(duration.hasExponentialHistogram()).isTrue();
    long count =
        duration.getExponentialHistogram().getDataPointsList().stream()
            .filter(point -> has(point.getAttributesList(), "server.port", Integer.toString(port)))
            .mapToLong(io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint::getCount)
            .sum();
    assertThat(count).isEqualTo(2 * CONNECTIONS);
  }

  private static Metric named(List<Metric> metrics, String name) {
    return metrics.stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Returns the sum of the points of this port with all these attributes, each {@code name=value}.
   */
  private static long sum(Metric metric, int port, String... attributes) {
    return metric.getSum().getDataPointsList().stream()
        .filter(point -> has(point.getAttributesList(), "server.port", Integer.toString(port)))
        .filter(
            point ->
                List.of(attributes).stream()
                    .map(attribute -> attribute.split("=", 2))
                    .allMatch(pair -> has(point.getAttributesList(), pair[0], pair[1])))
        .mapToLong(NumberDataPoint::getAsInt)
        .sum();
  }

  private static boolean has(List<KeyValue> attributes, String name, String value) {
    return attributes.stream()
        .filter(attribute -> attribute.getKey().equals(name))
        .map(KeyValue::getValue)
        .anyMatch(
            any ->
                any.hasIntValue()
                    ? Long.toString(any.getIntValue()).equals(value)
                    : any.getStringValue().equals(value));
  }
}
