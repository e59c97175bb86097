package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.OtelCollector;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Each query of docs/backends.md finds something in a real Prometheus. */
@RequiresRoot
@RequiresProgram({"nginx", "curl", "clang", "make"})
@RequiresBackends
class BackendsDocumentTest {
  private static final Pattern QUERY = Pattern.compile("(?ms)^```promql\n(.*?)^```");
  private static final int QUERIES = 16;

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
      awaitConnections(prometheus, traffic);
      traffic.run(nginx, 1); // A rate needs a change after a series' first value.
      awaitConnections(prometheus, traffic);

      List<String> queries = queries();
      assertThat(queries).hasSize(QUERIES);
      assertThat(queries).allSatisfy(query -> check(prometheus, query));
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
  }

  private static List<String> queries() throws IOException {
    return QUERY
        .matcher(Files.readString(Path.of("../docs/backends.md")))
        .results()
        .map(result -> result.group(1).strip())
        .toList();
  }

  private static void check(Prometheus prometheus, String query) {
    List<Prometheus.Sample> samples = prometheus.query(query);
    System.out.printf(
        "%s%n  %d results, such as %s%n", query, samples.size(), samples.stream().findFirst());
    assertThat(samples).as(query).isNotEmpty().anyMatch(sample -> Double.isFinite(sample.value()));
  }

  private static void awaitConnections(Prometheus prometheus, KnownTraffic traffic) {
    await("the connections in Prometheus")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () ->
                traffic.sum(prometheus, "netspan_connections_total{netspan_role=\"client\"}")
                    >= traffic.connections());
  }
}
