package io.netspan.it;

import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Edge;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.truth.Ledger;
import io.netspan.it.truth.LedgerEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Connections between three programs, and the account of them. */
final class KnownTraffic {
  private static final String CALLS =
      "traces_span_metrics_calls_total{span_kind=\"SPAN_KIND_CLIENT\"}";
  private static final String CURL = "curl";
  private static final String NGINX = "nginx";
  private static final String WORKLOAD = "workload";

  private final Map<Edge, Long> established = new TreeMap<>();
  private final Map<String, Long> refused = new TreeMap<>();
  private final Path folder;
  private final int closed = Ports.free();

  KnownTraffic(Path folder) {
    this.folder = folder;
  }

  /** Connects curl and the workload to nginx, the workload to itself, and curl to nobody. */
  void run(Nginx nginx, int scale) throws IOException, InterruptedException {
    for (int i = 0; i < 23 * scale; i++) {
      Command.run("curl", "-s", "http://127.0.0.1:" + nginx.port());
    }
    count(CURL, NGINX, 23L * scale);
    for (int i = 0; i < 17 * scale; i++) {
      Command.run(Workload.program().toString(), "connect", "" + nginx.port());
    }
    count(WORKLOAD, NGINX, 17L * scale);
    Ledger ledger = Workload.run(folder, "L15", "--count", "" + 101 * scale);
    count(WORKLOAD, WORKLOAD, establishedBy(ledger));
    for (int i = 0; i < 7 * scale; i++) {
      Command.attempt("curl", "-s", "http://127.0.0.1:" + closed);
    }
    refused.merge(CURL, 7L * scale, Long::sum);
  }

  private static long establishedBy(Ledger ledger) {
    long all = ledger.entries().stream().filter(LedgerEntry::isClient).count();
    long established =
        ledger.entries().stream()
            .filter(LedgerEntry::isClient)
            .filter(LedgerEntry::isEstablished)
            .count();
    if (all == 0 || all != established) {
      throw new AssertionError(established + " of " + all + " connections were established");
    }
    return established;
  }

  private void count(String client, String server, long connections) {
    established.merge(new Edge(client, server), connections, Long::sum);
  }

  /** The services that took part. */
  Set<String> services() {
    return Set.of(CURL, NGINX, WORKLOAD);
  }

  /** Established connections by client and server. */
  Map<Edge, Long> established() {
    return established;
  }

  /** Refused connections by client. */
  Map<String, Long> refused() {
    return refused;
  }

  /** How much a counter has of these services; the metric's name with its matchers. */
  double sum(Prometheus prometheus, String series) {
    String ours = "service_name=~\"" + String.join("|", services()) + "\"";
    return prometheus.query("sum(" + series.replace("{", "{" + ours + ", ") + ")").stream()
        .mapToDouble(Prometheus.Sample::value)
        .sum();
  }

  /** Waits until span metrics in Prometheus have all connections. */
  void awaitSpanMetrics(Prometheus prometheus) {
    await("span metrics")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> sum(prometheus, CALLS) >= connections());
  }

  /** All connections, each once. */
  long connections() {
    return established.values().stream().mapToLong(Long::longValue).sum()
        + refused.values().stream().mapToLong(Long::longValue).sum();
  }
}
