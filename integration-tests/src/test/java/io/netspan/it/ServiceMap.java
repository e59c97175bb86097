package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Edge;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.Prometheus;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which services connected to which and how often: what a test did, for comparison with what the
 * backends show.
 */
record ServiceMap(Map<Edge, Long> edges) {
  private static final Duration WITHIN = Duration.ofSeconds(30);

  /** One more edge. */
  ServiceMap with(String client, String server, long connections) {
    Map<Edge, Long> more = new TreeMap<>(edges);
    more.merge(new Edge(client, server), connections, Long::sum);
    return new ServiceMap(more);
  }

  static ServiceMap empty() {
    return new ServiceMap(Map.of());
  }

  /** All services in it. */
  Set<String> services() {
    return edges.keySet().stream()
        .flatMap(edge -> Stream.of(edge.client(), edge.server()))
        .collect(Collectors.toSet());
  }

  private long connections() {
    return edges.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Waits until all has arrived, and compares everything. */
  void checkIn(Backends.Chain chain) {
    awaitSpans(chain);
    checkSpans(chain);
    checkConnections(chain.prometheus());
  }

  /** Waits for the spans, and lets the Collector send what it still has. */
  void awaitSpans(Backends.Chain chain) {
    awaitSpanMetrics(chain.prometheus());
    chain.collector().stop(); // From now on nothing more arrives at the others.
  }

  /** Compares what is made of spans. */
  void checkSpans(Backends.Chain chain) {
    checkIn(chain.jaeger());
    checkSpanMetrics(chain.prometheus());
  }

  /** Jaeger's graph of services, which it computes from pairs of spans. */
  void checkIn(Jaeger jaeger) {
    Map<Edge, Long> shown = jaeger.dependencies(services());
    System.out.println("Jaeger: " + shown);
    assertThat(shown).isEqualTo(edges);
  }

  /** netspan's own counters, of both sides. */
  void checkConnections(Prometheus prometheus) {
    String sum =
        "sum by (service_name, service_peer_name) (netspan_connections_total{%s, netspan_role=\"%s\"})";
    assertThat(
            prometheus.counts(sum.formatted(ours(), "client"), "service_name", "service_peer_name"))
        .as("counted by clients")
        .isEqualTo(edges);
    assertThat(
            prometheus.counts(sum.formatted(ours(), "server"), "service_peer_name", "service_name"))
        .as("counted by servers")
        .isEqualTo(edges);
  }

  /** What the Collector counts of spans. */
  private void checkSpanMetrics(Prometheus prometheus) {
    assertThat(
            prometheus.counts(
                calls("SPAN_KIND_CLIENT", "service_name, peer_service"),
                "service_name",
                "peer_service"))
        .as("counted of clients' spans")
        .isEqualTo(edges);
    assertThat(
            prometheus.counts(
                calls("SPAN_KIND_SERVER", "service_name, peer_service"),
                "peer_service",
                "service_name"))
        .as("counted of servers' spans")
        .isEqualTo(edges);
  }

  /** The connector counts at intervals, and does not when it ends. */
  private void awaitSpanMetrics(Prometheus prometheus) {
    await("span metrics")
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () ->
                prometheus.query(calls("SPAN_KIND_CLIENT", "span_kind")).stream()
                        .mapToDouble(Prometheus.Sample::value)
                        .sum()
                    >= connections());
  }

  private String calls(String kind, String by) {
    return "sum by (%s) (traces_span_metrics_calls_total{%s, span_kind=\"%s\"})"
        .formatted(by, ours(), kind);
  }

  private String ours() {
    return "service_name=~\"" + String.join("|", services()) + "\"";
  }
}
