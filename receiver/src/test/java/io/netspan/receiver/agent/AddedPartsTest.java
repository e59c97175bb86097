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
import io.netspan.enrich.Contribution;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ServiceName;
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
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Adding a source of events or a contributor takes one line of wiring. */
final class AddedPartsTest {
  /** System properties are read like environment variables, which a test cannot change. */
  private static final String ENDPOINT = "otel.exporter.otlp.endpoint";

  private static final String PROTOCOL = "otel.exporter.otlp.protocol";

  private final Map<String, String> posted = new ConcurrentHashMap<>();
  private final Lines lines = new Lines();

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
        AgentSettings.DEFAULTS.activeTimeout(),
        List.of(),
        AgentSettings.DEFAULTS.export(),
        AgentSettings.DEFAULTS.peers(),
        AgentSettings.DEFAULTS.correlationPeers(),
        Optional.empty(),
        AgentSettings.DEFAULTS.seriesIdleTimeout(),
        List.of());
  }

  private static Optional<Supervisor> lookups(Wiring w) {
    LookupSource source =
        new LookupSource(w.workloads(), w.meter(), w.services(), w.spans(), w.turn());
    return Optional.of(
        new Supervisor("lookup", Need.REQUIRED, List.of(source), w.turn(), System::nanoTime));
  }

  @Test
  void anAddedSourceHasSpansMetricsLinesAndLosses() throws IOException {
    Totals totals = run(List.of());

    assertThat(lines.text().lines()).allMatch(line -> line.contains("dns.question.name"));
    assertThat(totals.spansExported()).isEqualTo(6);
    assertThat(totals.losses())
        .contains(new Loss("lookup", "truncated", 2), new Loss("lookup", "restarted", 1));
    assertThat(totals.describe()).endsWith("; lost: lookup/truncated 2, lookup/restarted 1");
    assertThat(posted.get("/v1/traces")).contains("dns.question.name", "3.example");
    assertThat(posted.get("/v1/metrics")).contains("lookups", "netspan.agent.lost", "truncated");
  }

  /** Is pending at first, and contributes once the first lines have been printed. */
  private final class Inventory implements Contributor {
    private volatile boolean ready;

    @Override
    public String name() {
      return "inventory";
    }

    @Override
    public void start(Consumer<Predicate<ProcessIdentity>> changed) {
      Thread.ofVirtual()
          .start(
              () -> {
                await().until(() -> lines.text().lines().findAny().isPresent());
                ready = true;
                changed.accept(known -> known.facts().key().pid() == LookupSource.PID);
              });
    }

    @Override
    public Contribution contribute(ProcessIdentity known) {
      return ready
          ? Contribution.of(
              new PartialIdentity(
                  null,
                  List.of(),
                  null,
                  null,
                  null,
                  new ServiceName("resolver", ServiceName.Source.CONTAINER),
                  Map.of("team.name", "names-of-all")))
          : Contribution.PENDING;
    }
  }

  @Test
  void spansWaitForAPendingContributor() throws IOException {
    Totals totals = run(List.of(new Inventory()));

    assertThat(totals.spansExported()).isEqualTo(6);
    assertThat(totals.losses())
        .filteredOn(loss -> loss.stage().equals("enrichment"))
        .allMatch(loss -> loss.count() == 0);
    assertThat(posted.get("/v1/traces"))
        .contains("resolver", "team.name", "names-of-all")
        .doesNotContain(ServiceName.UNKNOWN);
  }

  @Test
  void aContributorThatFailsIsCounted() throws IOException {
    Totals totals =
        run(
            List.of(
                new Contributor() {
                  @Override
                  public String name() {
                    return "broken inventory";
                  }

                  @Override
                  public Contribution contribute(ProcessIdentity known) {
                    throw new IllegalStateException("no socket");
                  }
                }));

    assertThat(totals.spansExported()).isEqualTo(6);
    assertThat(posted.get("/v1/metrics")).contains("netspan.agent.enrichment", "broken inventory");
  }

  /** Runs an agent until all six look-ups have been printed. */
  private Totals run(List<Contributor> contributors) throws IOException {
    HttpServer http = receiver();
    try {
      System.setProperty(ENDPOINT, "http://127.0.0.1:" + http.getAddress().getPort());
      System.setProperty(PROTOCOL, "http/protobuf");
      try (Agent agent =
          Agent.start(
              settings(),
              ExporterSelection.ofThisProcess(),
              lines,
              /* colours= */ false,
              new Parts(List.of(AddedPartsTest::lookups), contributors))) {
        await().atMost(Duration.ofSeconds(20)).until(() -> lines.text().lines().count() == 6);
        assertThat(agent.describe()).isEqualTo("look-ups by invention");
        return agent.stop();
      }
    } finally {
      System.clearProperty(ENDPOINT);
      System.clearProperty(PROTOCOL);
      http.stop(0);
    }
  }
}
