package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Edge;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.JaegerTrace;
import io.netspan.it.backend.OtelCollector;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two Collectors behind one that divides the spans between them, by the examples. */
@RequiresRoot
@RequiresProgram({"nginx", "curl", "clang", "make"})
@RequiresBackends
class GatewaysTest {
  private static final Path EXAMPLES = Path.of("../examples/collector");

  /** In place of service_graph, which has no label either that tells Collectors apart. */
  private static final String NO_LABEL_OF_ITS_OWN =
      "connectors: {span_metrics/netspan: {exclude_dimensions: [collector.instance.id]}}\n";

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void bothEndsOfAConnectionReachOneGateway() throws Exception {
    Prometheus prometheus = backends.startPrometheus();
    List<Jaeger> jaegers = List.of(backends.startJaeger(), backends.startJaeger());
    List<OtelCollector> gateways =
        List.of(
            gateway("gateway-1", jaegers.getFirst(), prometheus),
            gateway("gateway-2", jaegers.getLast(), prometheus));
    OtelCollector balancer =
        backends.startCollector(
            Map.of("NETSPAN_METRICS", prometheus.otlpEndpoint().toString()),
            Gateways.balancer(folder, gateways.stream().map(OtelCollector::address).toList()));
    KnownTraffic traffic = new KnownTraffic(folder);
    try (Nginx nginx = Nginx.start(folder, 1);
        AgentProcess agent =
            AgentProcess.launcher()
                .option("run", "--format", "none")
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", balancer.endpoint())
                .environment("OTEL_METRIC_EXPORT_INTERVAL", "500")
                .start()) {
      traffic.run(nginx, 1);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
    balancer.stop();
    traffic.awaitSpanMetrics(prometheus);
    gateways.forEach(OtelCollector::stop);

    checkTraces(jaegers, traffic);
    checkSpanMetrics(prometheus, traffic);
    assertThat(
            prometheus.counts(
                "sum by (service_name, service_peer_name) (netspan_connections_total{"
                    + "netspan_role=\"client\", error_type=\"\", service_name=~\"curl|workload\"})",
                "service_name",
                "service_peer_name"))
        .isEqualTo(traffic.established());
  }

  private OtelCollector gateway(String name, Jaeger jaeger, Prometheus prometheus)
      throws IOException {
    Map<String, String> variables = Backends.variables(jaeger, prometheus);
    variables.put("NETSPAN_COLLECTOR", name);
    return backends.startCollector(
        variables,
        EXAMPLES.resolve("netspan.yaml"),
        EXAMPLES.resolve("gateway.yaml"),
        Files.writeString(folder.resolve("no-label.yaml"), NO_LABEL_OF_ITS_OWN));
  }

  /** No gateway has half a connection, both have some, and together they have all. */
  private static void checkTraces(List<Jaeger> jaegers, KnownTraffic traffic) {
    Map<Edge, Long> edges = new TreeMap<>();
    long refused = 0;
    for (Jaeger jaeger : jaegers) {
      List<JaegerTrace> traces = tracesOf(jaeger, traffic.services());
      assertThat(traces).isNotEmpty();
      for (JaegerTrace trace : traces) {
        boolean failed = trace.spans().getFirst().tag("error.type").equals("connection_refused");
        assertThat(trace.spans()).as("%s", trace).hasSize(failed ? 1 : 2);
        refused += failed ? 1 : 0;
      }
      jaeger
          .dependencies(traffic.services())
          .forEach((edge, count) -> edges.merge(edge, count, Long::sum));
    }
    System.out.println("edges of both gateways: " + edges + ", refused " + refused);
    assertThat(edges).isEqualTo(traffic.established());
    assertThat(refused)
        .isEqualTo(traffic.refused().values().stream().mapToLong(Long::longValue).sum());
  }

  private static List<JaegerTrace> tracesOf(Jaeger jaeger, Set<String> services) {
    return services.stream()
        .flatMap(service -> jaeger.traces(service).stream())
        .collect(Collectors.toMap(JaegerTrace::id, trace -> trace, (one, _) -> one))
        .values()
        .stream()
        .toList();
  }

  /** Each series has one writer, so the sum over the gateways is exact. */
  private static void checkSpanMetrics(Prometheus prometheus, KnownTraffic traffic) {
    String calls =
        "traces_span_metrics_calls_total{service_name=~\"curl|workload\", error_type=\"\","
            + " span_kind=\"SPAN_KIND_CLIENT\"}";
    assertThat(
            prometheus.counts(
                "sum by (service_name, peer_service) (" + calls + ")",
                "service_name",
                "peer_service"))
        .isEqualTo(traffic.established());
    assertThat(prometheus.query("sum by (instance) (" + calls + ")"))
        .extracting(sample -> sample.label("instance"))
        .containsExactlyInAnyOrder("gateway-1", "gateway-2");
    assertThat(prometheus.query(calls))
        .allMatch(one -> one.label("collector_instance_id").isEmpty());
  }
}
