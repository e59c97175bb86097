package io.netspan.receiver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.netspan.config.AgentSettings;
import io.netspan.config.OutputFormat;
import io.netspan.config.OutputSettings;
import io.netspan.config.TracerChoice;
import io.netspan.config.TracerSettings;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.lookup.LookupSource;
import io.netspan.receiver.output.Lines;
import io.netspan.receiver.source.Loss;
import io.netspan.receiver.source.Need;
import io.netspan.receiver.source.Supervisor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** A further source of events is one line of wiring: the agent does the rest. */
final class AddedSourceTest {
  /** Java's properties are read as the environment is, which a test cannot change. */
  private static final String ENDPOINT = "otel.exporter.otlp.endpoint";

  private static final String PROTOCOL = "otel.exporter.otlp.protocol";

  private final Map<String, String> posted = new ConcurrentHashMap<>();

  private HttpServer receiver() throws IOException {
    HttpServer http =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          posted.merge(
              exchange.getRequestURI().getPath(),
              new String(body, StandardCharsets.ISO_8859_1),
              String::concat);
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    http.start();
    return http;
  }

  private static AgentSettings settings() {
    TracerSettings usual = TracerSettings.DEFAULTS;
    return new AgentSettings(
        new OutputSettings(OutputFormat.JSON, 0),
        new TracerSettings(
            TracerChoice.POLL,
            usual.ringBytes(),
            usual.mostConnections(),
            usual.includeSelf(),
            usual.snapshotInterval(),
            usual.pollInterval()),
        AgentSettings.DEFAULTS.udp(),
        AgentSettings.DEFAULTS.correlationPeers(),
        Optional.empty());
  }

  private static Optional<Supervisor> lookups(Wiring w) {
    LookupSource source =
        new LookupSource(w.workloads(), w.meter(), w.services(), w.spans(), w.turn());
    return Optional.of(
        new Supervisor("lookup", Need.REQUIRED, List.of(source), w.turn(), System::nanoTime));
  }

  @Test
  void itsEventsAreSpansMetricsAndLinesAndItsLossesAreCounted() throws IOException {
    Lines lines = new Lines();
    HttpServer http = receiver();
    try {
      System.setProperty(ENDPOINT, "http://127.0.0.1:" + http.getAddress().getPort());
      System.setProperty(PROTOCOL, "http/protobuf");
      Totals totals;
      try (Agent agent =
          Agent.start(
              settings(),
              ExporterSelection.ofThisProcess(),
              lines,
              /* colours= */ false,
              List.of(AddedSourceTest::lookups))) {
        await().atMost(Duration.ofSeconds(20)).until(() -> lines.text().lines().count() == 6);
        assertThat(agent.describe()).isEqualTo("look-ups by invention");
        totals = agent.stop();
      }

      assertThat(lines.text().lines()).allMatch(line -> line.contains("dns.question.name"));
      assertThat(totals.spansExported()).isEqualTo(6);
      assertThat(totals.losses())
          .contains(new Loss("lookup", "truncated", 2), new Loss("lookup", "restarted", 1));
      assertThat(totals.describe()).endsWith("; lost: lookup/truncated 2, lookup/restarted 1");
      assertThat(posted.get("/v1/traces")).contains("dns.question.name", "3.example");
      assertThat(posted.get("/v1/metrics")).contains("lookups", "netspan.agent.lost", "truncated");
    } finally {
      System.clearProperty(ENDPOINT);
      System.clearProperty(PROTOCOL);
      http.stop(0);
    }
  }
}
