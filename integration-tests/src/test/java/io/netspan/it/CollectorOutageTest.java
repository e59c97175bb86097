package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Ledger;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Collector is restarted under load, and gets every span. */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class CollectorOutageTest {
  private static final String RATE = "1000";
  private static final String SECONDS = "20";
  private static final Duration OUTAGE = Duration.ofSeconds(10);

  /** What the agent says of the spans that wait. */
  private static final Pattern WAITING =
      Pattern.compile("they wait \\(requests: (\\d+), (\\d+) KiB\\)");

  @TempDir private Path folder;

  private static Collector collector(String protocol, int port) throws IOException {
    return protocol.equals("grpc") ? new GrpcCollector(port) : new HttpCollector(port);
  }

  private static Stream<String> ids(Collector collector, int port) {
    return collector.spans(port).stream().map(span -> span.observed().spanId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http/protobuf"})
  void aRestartOfTenSecondsLosesNothing(String protocol) throws Exception {
    int backend = Ports.free();
    int port = Ports.free();
    Collector first = collector(protocol, backend);
    try (AgentProcess agent =
            AgentProcess.launcher()
                .option("run", "--format", "none")
                .environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url(protocol, backend))
                .environment("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", protocol)
                .start();
        Workload workload =
            Workload.start(
                folder,
                Map.of("NETSPAN_SECONDS", SECONDS),
                "E2",
                "--port",
                Integer.toString(port),
                "--count",
                RATE)) {
      await().atMost(Duration.ofSeconds(20)).until(() -> first.batches() > 3);
      first.close();
      long ends = System.nanoTime() + OUTAGE.toNanos();
      await("the outage to end")
          .atMost(OUTAGE.plusSeconds(5))
          .until(() -> System.nanoTime() >= ends);
      try (Collector second = collector(protocol, backend)) {
        Ledger ledger = workload.end();
        await().atMost(Duration.ofSeconds(20)).until(() -> second.batches() > 0);
        Totals totals = agent.stop();

        long connections = Long.parseLong(ledger.notes().getOrDefault("connections", "0"));
        Set<String> received =
            Stream.concat(ids(first, port), ids(second, port)).collect(Collectors.toSet());
        String waited =
            WAITING
                .matcher(agent.errors())
                .results()
                .max(Comparator.comparingLong(one -> Long.parseLong(one.group(2))))
                .map(MatchResult::group)
                .orElse("none waited");
        System.out.printf(
            "OTLP/%s: %d connections, %d spans, %d of them after the outage; %s; %s%n",
            protocol,
            connections,
            received.size(),
            ids(second, port).distinct().count(),
            waited,
            totals.line());
        assertThat(connections).isGreaterThan(15_000);
        assertThat(received).hasSize(Math.toIntExact(2 * connections));
        assertThat(agent.errors()).contains("spans cannot be sent to", "spans can be sent to");
        for (String reason : new String[] {"queue_full", "backlog_full", "failed", "unsent"}) {
          assertThat(totals.lost("export/" + reason)).as(reason).isZero();
        }
      }
    } finally {
      first.close();
    }
  }

  private static String url(String protocol, int port) {
    return "http://127.0.0.1:" + port + (protocol.equals("grpc") ? "" : "/v1/traces");
  }
}
