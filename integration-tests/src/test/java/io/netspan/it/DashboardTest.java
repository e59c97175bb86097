package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.GrafanaDashboard;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.OtelCollector;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each query of the dashboard and each alert of the examples has the value that follows from what
 * the programs did. They are evaluated at the time of the last sample: all series began at 0 within
 * the range, so Prometheus extrapolates nothing, and rates are exact.
 */
@RequiresRoot
@RequiresProgram({"nginx", "curl", "clang", "make", "ip", "nft", "python3"})
@RequiresBackends
class DashboardTest {
  private static final Path EXAMPLES = Path.of("../examples");

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void everyQueryAndAlertHasTheValueOfTheLedger() throws Exception {
    Prometheus prometheus = startPrometheus();
    Jaeger jaeger = backends.startJaeger();
    OtelCollector collector = backends.startCollector(jaeger, prometheus);
    KnownTraffic traffic = new KnownTraffic(folder);
    DashboardLedger ledger;
    try (Nginx nginx = Nginx.start(folder, 1);
        AgentProcess agent = agentFor(collector)) {
      traffic.run(nginx, 1);
      try (LossyTraffic lossy = LossyTraffic.run(folder)) {
        ledger = new DashboardLedger(traffic, lossy.retransmitted());
        awaitBytes(prometheus);
        awaitAlert(prometheus);
        assertThat(agent.stop().lost()).isEqualTo("nothing");
      }
    }
    collector.stop(); // It has sent everything then.
    BigDecimal now = prometheus.lastSample("netspan_agent_tracked");
    prometheus.write(ledger.serviceGraph(now));

    checkPanels(prometheus, now, ledger);
    checkRules(prometheus, now, ledger);
  }

  private static AgentProcess agentFor(OtelCollector collector) throws IOException {
    return AgentProcess.launcher()
        .option("run", "--format", "none", "--snapshot-interval", "1s")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "500")
        .start();
  }

  /** One that loads the rules as the examples have them, and evaluates them more often. */
  private Prometheus startPrometheus() throws IOException {
    Path rules = EXAMPLES.resolve("prometheus/rules.yaml").toAbsolutePath().normalize();
    String example = Files.readString(EXAMPLES.resolve("prometheus/prometheus.yaml"));
    assertThat(example).contains("rule_files: [rules.yaml]");
    return backends.startPrometheus(
        Files.writeString(
            folder.resolve("prometheus.yaml"),
            "global: {evaluation_interval: 1s}\n"
                + example.replace("[rules.yaml]", "[\"" + rules + "\"]")));
  }

  private static void awaitBytes(Prometheus prometheus) {
    String sent =
        "sum(netspan_connection_io_bytes_total{service_name=\"buyer\", network_io_direction=\"transmit\"})";
    await("all payload in the metrics")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> value(prometheus.query(sent)) == LossyTraffic.SENT);
  }

  /** The first failure that a service ever had is enough. */
  private static void awaitAlert(Prometheus prometheus) {
    String alert =
        "sum(ALERTS{alertname=\"NetspanConnectionsFail\", alertstate=\"firing\", service_name=\"curl\","
            + " error_type=\"connection_refused\"})";
    await("the alert of curl's failures")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> value(prometheus.query(alert)) == 1);
  }

  private static double value(List<Prometheus.Sample> samples) {
    return samples.stream().mapToDouble(Prometheus.Sample::value).sum();
  }

  private static void checkPanels(Prometheus prometheus, BigDecimal now, DashboardLedger ledger)
      throws IOException {
    GrafanaDashboard dashboard = GrafanaDashboard.read(EXAMPLES.resolve("grafana/netspan.json"));
    Map<String, DashboardLedger.Expectation> expected = ledger.panels();
    Map<String, List<Prometheus.Sample>> found = new TreeMap<>();
    for (GrafanaDashboard.Target target : dashboard.targets()) {
      found.put(
          target.panel() + " " + target.refId(),
          prometheus.query(DashboardLedger.substituted(target.expression()), now));
    }
    found.forEach((panel, samples) -> System.out.println(panel + ": " + samples));
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    assertThat(expected)
        .allSatisfy(
            (panel, expectation) -> expectation.check(panel, found.getOrDefault(panel, List.of())));
  }

  private static void checkRules(Prometheus prometheus, BigDecimal now, DashboardLedger ledger) {
    Map<String, DashboardLedger.Expectation> expected = ledger.rules();
    Map<String, List<Prometheus.Sample>> found =
        prometheus.alertingRules().entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, rule -> prometheus.query(rule.getValue(), now)));
    System.out.println("alerts: " + found);
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    assertThat(expected)
        .allSatisfy(
            (rule, expectation) -> expectation.check(rule, found.getOrDefault(rule, List.of())));
  }
}
