package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Edge;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.JaegerTrace;
import io.netspan.it.backend.OtelCollector;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What users see in their own backends, against what the programs did. */
@RequiresRoot
@RequiresProgram({"nginx", "curl", "clang", "make"})
@RequiresBackends
class BackendsTest {
  private static final String OURS = "service_name=~\"curl|nginx|workload\"";

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void throughTheCollector() throws Exception {
    Jaeger jaeger = backends.startJaeger();
    Prometheus prometheus = backends.startPrometheus();
    OtelCollector collector = backends.startCollector(jaeger, prometheus);
    KnownTraffic traffic = new KnownTraffic(folder);
    try (Nginx nginx = Nginx.start(folder, 1);
        AgentProcess agent =
            exporting().environment("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).start()) {
      traffic.run(nginx, 1);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
    traffic.awaitSpanMetrics(prometheus);
    collector.stop(); // From now on nothing more arrives at the others.

    checkTraces(jaeger, traffic);
    checkMetrics(prometheus, traffic);
    checkDurations(prometheus, "histogram_count(sum(%s{%s}))", traffic);
    checkSpanMetrics(prometheus, traffic);
  }

  @Test
  void withoutACollector() throws Exception {
    Jaeger jaeger = backends.startJaeger();
    Prometheus prometheus = backends.startPrometheus();
    KnownTraffic traffic = new KnownTraffic(folder);
    try (Nginx nginx = Nginx.start(folder, 1);
        AgentProcess agent =
            toPrometheus(exporting(), prometheus)
                .environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", jaeger.endpoint())
                .environment(
                    "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
                    "explicit_bucket_histogram")
                .start()) {
      traffic.run(nginx, 1);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
    checkTraces(jaeger, traffic);
    checkMetrics(prometheus, traffic);
    checkDurations(prometheus, "sum(%s_bucket{%s, le=\"+Inf\"})", traffic);
  }

  @Test
  void prometheusRefusesDeltasWhichCountAsLost() throws Exception {
    Prometheus prometheus = backends.startPrometheus();
    try (Nginx nginx = Nginx.start(folder, 1);
        AgentProcess agent =
            toPrometheus(exporting(), prometheus)
                .environment("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
                .start()) {
      new KnownTraffic(folder).run(nginx, 1);
      Totals totals = agent.stop();

      assertThat(totals.lost("export/points_failed")).as(totals.line()).isPositive();
      assertThat(agent.errors()).contains("500 Internal Server Error", "invalid temporality");
    }
    assertThat(prometheus.query("netspan_connections_total")).isEmpty();
  }

  private static AgentProcess.Builder toPrometheus(
      AgentProcess.Builder agent, Prometheus prometheus) {
    return agent
        .environment("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf")
        .environment(
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", prometheus.otlpEndpoint() + "/v1/metrics");
  }

  private static AgentProcess.Builder exporting() {
    return AgentProcess.launcher()
        .option("run", "--format", "none")
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "500");
  }

  /** Two spans for each connection, the server's a child of the client's, and one if it failed. */
  private static void checkTraces(Jaeger jaeger, KnownTraffic traffic) {
    Map<String, JaegerTrace> traces = new HashMap<>();
    traffic
        .services()
        .forEach(service -> jaeger.traces(service).forEach(trace -> traces.put(trace.id(), trace)));
    Map<Edge, Long> established = new TreeMap<>();
    Map<String, Long> refused = new TreeMap<>();
    for (JaegerTrace trace : traces.values()) {
      assertThat(trace.spans()).allSatisfy(span -> assertThat(span.warnings()).isEmpty());
      JaegerTrace.JaegerSpan client = trace.span("client").orElseThrow();
      if (trace.spans().size() == 1) {
        assertThat(client.tag("error.type")).isEqualTo("connection_refused");
        refused.merge(client.service(), 1L, Long::sum);
      } else {
        assertThat(trace.spans()).hasSize(2);
        JaegerTrace.JaegerSpan server = trace.span("server").orElseThrow();
        assertThat(server.isChildOf(client)).as("%s", trace).isTrue();
        assertThat(client.tag("peer.service")).isEqualTo(server.service());
        established.merge(new Edge(client.service(), server.service()), 1L, Long::sum);
      }
    }
    System.out.println("Jaeger: " + established + ", refused " + refused);
    assertThat(established).isEqualTo(traffic.established());
    assertThat(refused).isEqualTo(traffic.refused());
    assertThat(jaeger.dependencies(traffic.services())).isEqualTo(traffic.established());
  }

  private static void checkMetrics(Prometheus prometheus, KnownTraffic traffic) {
    check(
        prometheus,
        traffic,
        "netspan_connections_total{" + OURS + ", netspan_role=\"%s\"%s}",
        "service_peer_name",
        role -> role);
  }

  /**
   * Each connection has one duration on each side.
   *
   * @param form the query, with places for the metric and for matchers
   */
  private static void checkDurations(Prometheus prometheus, String form, KnownTraffic traffic) {
    String query =
        form.formatted("netspan_connection_duration_seconds", OURS + ", netspan_role=\"client\"");
    assertThat(prometheus.query(query))
        .as(query)
        .singleElement()
        .satisfies(sample -> assertThat(sample.value()).isEqualTo((double) traffic.connections()));
  }

  private static void checkSpanMetrics(Prometheus prometheus, KnownTraffic traffic) {
    check(
        prometheus,
        traffic,
        "traces_span_metrics_calls_total{" + OURS + ", span_kind=\"%s\"%s}",
        "peer_service",
        role -> "SPAN_KIND_" + role.toUpperCase(Locale.ROOT));
  }

  /**
   * Compares a counter with what the programs did.
   *
   * @param series with a place for the role and one for more matchers
   * @param peer the label with the service at the other end
   * @param roleValue how the counter names a role
   */
  private static void check(
      Prometheus prometheus,
      KnownTraffic traffic,
      String series,
      String peer,
      UnaryOperator<String> roleValue) {
    String sum = "sum by (service_name, " + peer + ") (" + series + ")";
    String client = roleValue.apply("client");
    String server = roleValue.apply("server");
    assertThat(prometheus.counts(sum.formatted(client, ", error_type=\"\""), "service_name", peer))
        .isEqualTo(traffic.established());
    assertThat(prometheus.counts(sum.formatted(server, ""), peer, "service_name"))
        .isEqualTo(traffic.established());
    Map<Edge, Long> refused = new TreeMap<>();
    traffic.refused().forEach((name, count) -> refused.put(new Edge(name, ""), count));
    assertThat(prometheus.counts(sum.formatted(client, ", error_type!=\"\""), "service_name", peer))
        .isEqualTo(refused);
    assertThat(
            prometheus.counts(
                sum.formatted(client, ", error_type=\"connection_refused\""), "service_name", peer))
        .isEqualTo(refused);
  }
}
