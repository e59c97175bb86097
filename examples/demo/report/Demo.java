package report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Starts the backends, the shop, netspan and the shop's customers, and prints what the backends
 * answer to the questions of docs/backends.md, until it is stopped. The file {@code run} beside
 * this starts it.
 */
public final class Demo {
  private static final int REFRESH_SECONDS = 5;
  private static final int SETTLE_SECONDS = 20;
  private static final int ALL_OF_REFRESHES = 12;

  /** Moves the cursor up, and clears what is below. */
  private static final String UP = "\033[%dA\033[J";

  private static final String REFRESHED =
      "Asked again every " + REFRESH_SECONDS + " s. Ctrl-C stops everything.";

  private final Programs programs;
  private final Shop shop;
  private final Backends backends = new Backends();
  private final List<Question> questions;
  private final boolean terminal;
  private long startedNs;
  private Child customers;

  private Demo(Map<String, String> arguments) throws IOException {
    programs = new Programs(arguments);
    shop = new Shop(programs, Integer.parseInt(programs.path("number")));
    questions = Question.of(Path.of("docs/backends.md"));
    terminal = programs.has("terminal");
  }

  public static void main(String[] args) throws IOException {
    Map<String, String> arguments = new TreeMap<>();
    for (String argument : args) {
      int equals = argument.indexOf('=');
      arguments.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    System.exit(new Demo(arguments).run());
  }

  private int run() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
    try {
      start();
      String seconds = System.getenv("DEMO_SECONDS");
      watch(seconds == null ? Integer.MAX_VALUE : Integer.parseInt(seconds));
      return 0;
    } catch (IOException e) {
      if (!programs.areStopping()) {
        System.err.println("netspan: " + e.getMessage());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 1;
  }

  private void stop() {
    System.out.println("Stopping everything");
    programs.stopAll();
  }

  private void start() throws IOException, InterruptedException {
    say("Starting Prometheus, Jaeger and the OpenTelemetry Collector");
    startBackends();
    say("Starting the shop");
    shop.open();
    say("Starting netspan");
    startNetspan();
    customers = shop.startLoad();
  }

  private void say(String line) {
    if (!programs.areStopping()) {
      System.out.println(line);
    }
  }

  private void startBackends() throws IOException, InterruptedException {
    Child prometheus =
        programs.start(
            "prometheus",
            Map.of(),
            programs.path("prometheus"),
            "--config.file=examples/prometheus/prometheus.yaml",
            "--web.listen-address=127.0.0.1:9090",
            "--web.enable-otlp-receiver",
            "--storage.tsdb.path=" + programs.folder().resolve("prometheus"));
    Child jaeger =
        programs.start(
            "jaeger", Map.of(), programs.path("jaeger"), "--config", "examples/demo/jaeger.yaml");
    awaitUrl(prometheus, Backends.PROMETHEUS + "/-/ready");
    awaitUrl(jaeger, "http://127.0.0.1:13134/status");
    Child collector =
        programs.start(
            "collector",
            Map.of("NETSPAN_FLUSH", "1s"),
            programs.path("otelcol"),
            "--config=examples/collector/netspan.yaml",
            "--config=examples/demo/collector.yaml");
    awaitUrl(collector, "http://127.0.0.1:13133/");
  }

  private void awaitUrl(Child child, String url) throws IOException, InterruptedException {
    programs.await(child, () -> backends.answers(url));
  }

  private void startNetspan() throws IOException, InterruptedException {
    Child netspan =
        programs.start(
            "netspan",
            Map.of(
                "NETSPAN_JAVA_HOME",
                programs.path("jdk"),
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:4317",
                "OTEL_METRIC_EXPORT_INTERVAL",
                "1000"),
            "bin/netspan",
            "run",
            "--format",
            "none",
            "--snapshot-interval",
            "1s",
            "--active-timeout",
            "10s");
    programs.awaitOutput(netspan, "tracing TCP connections");
    programs.awaitOutput(netspan, "open connection sides: ");
    startedNs = System.nanoTime();
    say(netspan.output().strip().indent(2).stripTrailing());
  }

  /** Seconds since netspan started, and one more, so that a range covers its first export. */
  private int seconds() {
    return (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startedNs) + 1;
  }

  private void watch(int most) throws IOException, InterruptedException {
    long end = startedNs + TimeUnit.SECONDS.toNanos(most);
    long period = TimeUnit.SECONDS.toNanos(REFRESH_SECONDS);
    say("The shop is open. Ctrl-C stops everything.");
    int lines = 0; // of the map, which is drawn in its place again
    for (int i = 1; end - System.nanoTime() > period; i++) {
      Thread.sleep(Duration.ofSeconds(REFRESH_SECONDS));
      checkCustomers();
      boolean all = i % ALL_OF_REFRESHES == 2;
      if (!terminal && !all) {
        continue;
      }
      Results results = ask();
      String map = map(results) + (terminal ? REFRESHED : "");
      String above = (all ? answers(results) : "") + (all || lines == 0 ? explanation() : "");
      say((lines > 0 ? UP.formatted(lines) : "") + above + map);
      lines = terminal ? (int) map.lines().count() : 0;
    }
    Thread.sleep(Math.max(0, TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())));
    checkCustomers();
    finish();
  }

  private void checkCustomers() throws IOException {
    if (!customers.isAlive() && !programs.areStopping()) {
      throw new IOException("the shop's customers are gone:\n" + customers.lastLines());
    }
  }

  /**
   * Stops the customers, waits until the backends have every connection, and prints the results.
   */
  private void finish() throws IOException, InterruptedException {
    programs.stop(customers);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
    Results results = ask();
    while (!results.allAgree() && System.nanoTime() < until) {
      Thread.sleep(Duration.ofMillis(500));
      results = ask();
    }
    say(answers(results) + map(results));
    say(verdict(results));
    String report = System.getenv("DEMO_REPORT");
    if (report != null && !report.isEmpty()) {
      Files.writeString(Path.of(report), results.json());
    }
  }

  private static String verdict(Results results) {
    if (!results.netspanAgrees()) {
      return "netspan's counts differ from those of the shop's programs; see above.";
    }
    if (!results.collectorAgrees()) {
      return """
      netspan counted what the shop's programs counted, but the Collector does not have all
      spans; see what was lost.""";
    }
    return results.jaegerAgrees()
        ? "netspan and Jaeger counted what the shop's programs counted."
        : """
        netspan counted what the shop's programs counted. Jaeger's counts differ: it keeps a
        bounded number of traces of the whole machine, and counts a span that was sent twice
        after a failure twice.""";
  }

  private Results ask() throws IOException, InterruptedException {
    return Results.ask(seconds(), backends, shop, questions);
  }

  private String answers(Results results) {
    return Page.answers(results, shop.names(), colours());
  }

  private String map(Results results) {
    return Page.map(results, shop.names(), colours());
  }

  private boolean colours() {
    return terminal && System.getenv("NO_COLOR") == null;
  }

  private String explanation() {
    String inside =
        (System.getenv("SUDO_UID") == null ? "" : "sudo ")
            + "nsenter --net --target "
            + ProcessHandle.current().pid();
    return """

        netspan counts a connection when it ends, whether it failed or not. Jaeger counts a
        call for each connection that was established, and one per 10 s for each that stays
        open. The queries of docs/backends.md are answered every minute; until the demo is
        5 minutes old, their rates are those since its start.
        To ask Prometheus (%s) or Jaeger (%s) in another terminal:
            %s curl '%s/api/v1/query?query=netspan_connections_total'
            %s curl '%s/api/services'
        Their Go modules have no web pages; their releases do (docs/backends.md).
        Logs are in %s.
        """
        .formatted(
            Backends.PROMETHEUS,
            Backends.JAEGER,
            inside,
            Backends.PROMETHEUS,
            inside,
            Backends.JAEGER,
            programs.folder());
  }
}
