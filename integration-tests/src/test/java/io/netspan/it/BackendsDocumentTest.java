package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.OtelCollector;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Each query of docs/backends.md finds something in a real Prometheus. */
@RequiresRoot
@RequiresProgram({"nginx", "curl", "clang", "make"})
@RequiresBackends
class BackendsDocumentTest {
  private static final int QUERIES = 18;
  private static final List<String> EXACT =
      List.of(
          "sum by (service_name, service_peer_name) (netspan_connections_total{netspan_role=\"client\"})",
          """
          sum by (service_name, service_peer_name) (
            netspan_connections_total{netspan_role="client"}
            - (netspan_connections_total{netspan_role="client"} offset 1h
               or netspan_connections_total{netspan_role="client"} * 0))""");
  private static final String CONNECTIONS = "netspan_connections_total{netspan_role=\"client\"}";
  private static final String CALLS =
      "traces_span_metrics_calls_total{span_kind=\"SPAN_KIND_CLIENT\"}";

  private static final List<String> MAY_BE_ZERO =
      List.of("netspan_agent_lost_total", "netspan_connection_retransmits_total");

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void everyQueryHasAnAnswer() throws Exception {
    Prometheus prometheus = backends.startPrometheus();
    OtelCollector collector = backends.startCollector(backends.startJaeger(), prometheus);
    KnownTraffic traffic = new KnownTraffic(folder);
    try (Nginx nginx = Nginx.start(folder, 1);
        HeldConnections _ = new HeldConnections(1);
        AgentProcess agent =
            AgentProcess.launcher()
                .option("run", "--format", "none", "--snapshot-interval", "1s")
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .environment("OTEL_METRIC_EXPORT_INTERVAL", "500")
                .start()) {
      traffic.run(nginx, 1);
      reset(nginx);
      awaitConnections(prometheus, traffic);
      reset(nginx);
      traffic.run(nginx, 1); // A rate needs a change after a series' first value.
      awaitConnections(prometheus, traffic);

      List<String> queries = DocumentedQueries.all();
      assertThat(queries).hasSize(QUERIES);
      assertThat(queries).allSatisfy(query -> check(prometheus, query));
      assertThat(queries).containsAll(EXACT);
      assertThat(EXACT)
          .allSatisfy(
              query ->
                  assertThat(prometheus.counts(query, "service_name", "service_peer_name"))
                      .containsAllEntriesOf(traffic.established()));
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
  }

  /** This test connects to nginx, and resets the connection. */
  private static void reset(Nginx nginx) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), nginx.port())) {
      socket.setSoLinger(true, 0);
    }
  }

  private static void check(Prometheus prometheus, String query) {
    double least = MAY_BE_ZERO.stream().anyMatch(query::contains) ? 0 : Double.MIN_VALUE;
    List<Prometheus.Sample> samples = prometheus.query(query);
    assertThat(samples)
        .as(query)
        .anyMatch(sample -> Double.isFinite(sample.value()) && sample.value() >= least);
  }

  private static void awaitConnections(Prometheus prometheus, KnownTraffic traffic) {
    await("the connections in Prometheus")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () ->
                List.of(CONNECTIONS, CALLS).stream()
                    .allMatch(series -> traffic.sum(prometheus, series) >= traffic.connections()));
  }
}
