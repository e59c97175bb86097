package io.netspan.receiver.agent;

import static java.util.Objects.requireNonNull;
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
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Adding a source of events or a contributor takes one line of wiring. */
final class AddedPartsTest {
  /** System properties are read like environment variables, which a test cannot change. */
  private static final String ENDPOINT = "otel.exporter.otlp.endpoint";

  private static final String PROTOCOL = "otel.exporter.otlp.protocol";

  private final Map<String, String> posted = new ConcurrentHashMap<>();
  private final Lines lines = new Lines();
  private @Nullable Wiring wired;

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
        AgentSettings.DEFAULTS.spans(),
        AgentSettings.DEFAULTS.export(),
        AgentSettings.DEFAULTS.peers(),
        AgentSettings.DEFAULTS.containers(),
        AgentSettings.DEFAULTS.kubernetes(),
        Optional.empty());
  }

  private Optional<Supervisor> lookups(Wiring w) {
    wired = w;
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

  /** Knows the name of a process only some time after it was asked. */
  private static final class Late implements Contributor {
    private final CountDownLatch asked = new CountDownLatch(1);
    private volatile boolean ready;

    @Override
    public String name() {
      return "late";
    }

    @Override
    public void start(Consumer<Predicate<ProcessIdentity>> changed) {
      Thread.ofVirtual()
          .start(
              () -> {
                await().until(() -> asked.getCount() == 0);
                await().pollDelay(Duration.ofMillis(200)).until(() -> true);
                ready = true;
                changed.accept(Late::isAbout);
              });
    }

    private static boolean isAbout(ProcessIdentity known) {
      return known.facts().key().pid() == FakeProcess.CURL.pid();
    }

    @Override
    public Contribution contribute(ProcessIdentity known) {
      if (!isAbout(known)) {
        return Contribution.NOTHING;
      }
      asked.countDown();
      return ready
          ? Contribution.of(
              PartialIdentity.of(new ServiceName("named-late", ServiceName.Source.CONTAINER)))
          : Contribution.PENDING;
    }
  }

  @Test
  void anAgentThatStopsWaitsForTheNamesThatItsLastMetricsNeed() throws IOException {
    Totals totals =
        run(
            List.of(new Late()),
            wiring -> {
              FakeKernel kernel = new FakeKernel(wiring.decoder());
              kernel.announce(FakeProcess.CURL);
              FakeSocket client = kernel.client(0xc);
              client.open(FakeProcess.CURL);
              client.close(2, 111);
            });

    assertThat(totals.ended()).isEqualTo(1);
    assertThat(posted.get("/v1/metrics"))
        .contains("named-late")
        .doesNotContain(FakeProcess.CURL.executable());
  }

  private static Parts.Contribute added(Contributor contributor) {
    return (_, _) -> Optional.of(contributor);
  }

  private Totals run(List<Contributor> contributors) throws IOException {
    return run(contributors, _ -> {});
  }

  /** Runs an agent until all six look-ups have been printed, and does one more thing at its end. */
  private Totals run(List<Contributor> contributors, Consumer<Wiring> last) throws IOException {
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
              new Parts(
                  List.of(this::lookups),
                  contributors.stream().map(AddedPartsTest::added).toList()))) {
        await().atMost(Duration.ofSeconds(20)).until(() -> lines.text().lines().count() == 6);
        assertThat(agent.describe()).isEqualTo("look-ups by invention");
        Wiring parts = requireNonNull(wired);
        parts.turn().run(() -> last.accept(parts));
        return agent.stop();
      }
    } finally {
      System.clearProperty(ENDPOINT);
      System.clearProperty(PROTOCOL);
      http.stop(0);
    }
  }
}
