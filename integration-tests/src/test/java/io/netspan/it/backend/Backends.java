package io.netspan.it.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The backends of one test. They listen on loopback, and end with the test; if it fails, the ends
 * of their logs are printed, and the logs and configurations stay.
 */
public final class Backends implements AfterEachCallback {
  private static final Path EXAMPLES = Path.of("../examples");

  private final IntSupplier ports;
  private final List<BackendProcess> running = new ArrayList<>();
  private final Path folder;

  /**
   * None yet.
   *
   * @param ports gives a free one at each call
   */
  public Backends(IntSupplier ports) {
    this.ports = ports;
    try {
      folder = Files.createTempDirectory("netspan-it-backends");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A Collector with a Jaeger and a Prometheus behind it. */
  public record Chain(Jaeger jaeger, Prometheus prometheus, OtelCollector collector) {}

  /** Starts all. */
  public Chain startChain() throws IOException {
    Jaeger jaeger = startJaeger();
    Prometheus prometheus = startPrometheus();
    return new Chain(jaeger, prometheus, startCollector(jaeger, prometheus));
  }

  /** Starts a Jaeger, which keeps spans in memory. */
  public Jaeger startJaeger() throws IOException {
    int otlp = ports.getAsInt();
    int api = ports.getAsInt();
    int health = ports.getAsInt();
    Path configuration =
        Files.writeString(
            folder.resolve("jaeger.yaml"),
            Jaeger.configuration(otlp, api, ports.getAsInt(), health));
    start("jaeger", Map.of(), http(health, "/status"), "--config", configuration.toString());
    return new Jaeger(otlp, api);
  }

  /** Starts a Prometheus with the configuration that the examples have. */
  public Prometheus startPrometheus(String... options) throws IOException {
    return startPrometheus(EXAMPLES.resolve("prometheus/prometheus.yaml"), options);
  }

  /** The same with other rules, which are evaluated each second. */
  public Prometheus startPrometheusWithRules(String rules) throws IOException {
    Path file = Files.writeString(folder.resolve("rules.yaml"), rules);
    String configuration =
        Files.readString(EXAMPLES.resolve("prometheus/prometheus.yaml"))
            .replace("rule_files: [rules.yaml]", "rule_files: [" + file + "]");
    return startPrometheus(
        Files.writeString(
            folder.resolve("prometheus.yaml"),
            configuration + "global: {evaluation_interval: 1s}\n"));
  }

  /** Starts a Prometheus with this configuration. */
  public Prometheus startPrometheus(Path configuration, String... options) throws IOException {
    int port = ports.getAsInt();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--config.file=" + configuration,
                "--web.listen-address=127.0.0.1:" + port,
                "--web.enable-otlp-receiver",
                "--storage.tsdb.path=" + folder.resolve("prometheus")));
    arguments.addAll(List.of(options));
    start("prometheus", Map.of(), http(port, "/-/ready"), arguments.toArray(String[]::new));
    return new Prometheus(port);
  }

  /** Starts a Collector with the configuration that the examples have, in front of these. */
  public OtelCollector startCollector(Jaeger jaeger, Prometheus prometheus) throws IOException {
    return startCollector(
        variables(jaeger, prometheus), EXAMPLES.resolve("collector/netspan.yaml"));
  }

  /** What the Collector's configurations take from the environment to send to these. */
  public static Map<String, String> variables(Jaeger jaeger, Prometheus prometheus) {
    Map<String, String> variables = new HashMap<>();
    variables.put("NETSPAN_TRACES", "127.0.0.1:" + jaeger.otlpPort());
    variables.put("NETSPAN_METRICS", prometheus.otlpEndpoint().toString());
    return variables;
  }

  /**
   * Starts a Collector with these configurations, merged in this order.
   *
   * @param variables what they take from the environment, but for the addresses that it listens on
   */
  public OtelCollector startCollector(Map<String, String> variables, Path... configurations)
      throws IOException {
    int grpc = ports.getAsInt();
    int http = ports.getAsInt();
    int health = ports.getAsInt();
    Path rest =
        Files.writeString(
            folder.resolve("otelcol-" + running.size() + ".yaml"),
            OtelCollector.configuration(health));
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("NETSPAN_GRPC", "127.0.0.1:" + grpc);
    environment.put("NETSPAN_HTTP", "127.0.0.1:" + http);
    environment.put("NETSPAN_FLUSH", "1s");
    String[] arguments =
        Stream.concat(Stream.of(configurations), Stream.of(rest))
            .map(configuration -> "--config=" + configuration)
            .toArray(String[]::new);
    BackendProcess process = start("otelcol", environment, http(health, "/"), arguments);
    return new OtelCollector(process, grpc, http);
  }

  /** Whether the Collector would start with these configurations, and what it says if not. */
  public static Answer validate(Path... configurations) {
    List<String> arguments = new ArrayList<>(List.of("validate"));
    for (Path configuration : configurations) {
      arguments.add("--config=" + configuration);
    }
    return run("otelcol", arguments.toArray(String[]::new));
  }

  /** What Prometheus' {@code promtool} answers. */
  public static Answer promtool(String... arguments) {
    return run("promtool", arguments);
  }

  /** Whether Jaeger would start with this configuration, and what it says if not. */
  public static Answer validateJaeger(Path configuration) {
    return run("jaeger", "validate", "--config=" + configuration);
  }

  /** Whether this is a dashboard by Grafana's schema, and what is wrong if not. */
  public static Answer checkDashboard(Path dashboard) {
    return run("checker", "dashboard", dashboard.toString());
  }

  /** A file for docker compose, complete as compose reads it. */
  public static JsonNode compose(Path file) {
    return Http.parse(run("checker", "compose", file.toString()).text());
  }

  /** Any YAML. */
  public static JsonNode yaml(Path file) {
    return Http.parse(run("checker", "yaml", file.toString()).text());
  }

  private static Answer run(String name, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Programs.find().path(name).toString()));
    command.addAll(List.of(arguments));
    return Answer.of(command.toArray(String[]::new));
  }

  private BackendProcess start(
      String name, Map<String, String> environment, URI health, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(Programs.find().path(name).toString()));
    command.addAll(List.of(arguments));
    BackendProcess process =
        BackendProcess.start(
            folder.resolve(name + "-" + running.size() + ".log"), environment, health, command);
    running.add(process);
    return process;
  }

  static URI http(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  @Override
  public void afterEach(ExtensionContext context) throws IOException {
    running.reversed().forEach(BackendProcess::close);
    if (context.getExecutionException().isPresent()) {
      running.forEach(process -> System.out.println(process.lastLines()));
      System.out.println("The backends' logs and configurations are in " + folder);
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
