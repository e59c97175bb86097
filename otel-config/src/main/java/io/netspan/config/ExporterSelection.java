package io.netspan.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which of OpenTelemetry's exporters are wanted, by the standard environment variables. Other than
 * in an SDK, nothing is exported unless one of them asks for it: the agent is to be tried without a
 * backend.
 */
public final class ExporterSelection {
  private static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL";
  private static final String NONE = "none";
  private static final String GRPC = "grpc";
  private static final String OTLP = "otlp";

  private final Map<String, String> environment;

  /**
   * @param environment names and values, as {@link System#getenv()} has them; an empty value counts
   *     as none, as the specification says
   */
  public ExporterSelection(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
    List<String> problems = new ArrayList<>();
    exporter("OTEL_TRACES_EXPORTER", problems);
    exporter("OTEL_METRICS_EXPORTER", problems);
    for (String infix : List.of("", "TRACES_", "METRICS_")) {
      protocol("OTEL_EXPORTER_OTLP_" + infix + "PROTOCOL", problems);
      endpoint("OTEL_EXPORTER_OTLP_" + infix + "ENDPOINT", problems);
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }

  private void exporter(String variable, List<String> problems) {
    value(variable)
        .filter(exporter -> !exporter.equals(OTLP) && !exporter.equals(NONE))
        .ifPresent(bad -> problems.add(variable + " is '" + bad + "': write otlp or none"));
  }

  private void protocol(String variable, List<String> problems) {
    value(variable)
        .filter(protocol -> !protocol.equals(GRPC) && !protocol.equals("http/protobuf"))
        .ifPresent(
            bad -> problems.add(variable + " is '" + bad + "': write grpc or http/protobuf"));
  }

  private void endpoint(String variable, List<String> problems) {
    value(variable)
        .filter(url -> !isHttp(url))
        .ifPresent(
            bad ->
                problems.add(
                    variable
                        + " is '"
                        + withoutUserInfo(bad)
                        + "': write a URL such as http://127.0.0.1:4317"));
  }

  private static boolean isHttp(String url) {
    try {
      URI uri = new URI(url);
      return uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (URISyntaxException e) {
      return false;
    }
  }

  public String traces() {
    return exporter("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  }

  public String metrics() {
    return exporter("OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
  }

  public boolean isAny() {
    return !traces().equals(NONE) || !metrics().equals(NONE);
  }

  private String exporter(String exporterVariable, String endpointVariable) {
    return value(exporterVariable)
        .orElseGet(
            () ->
                value(ENDPOINT).isPresent() || value(endpointVariable).isPresent() ? "otlp" : NONE);
  }

  private Optional<String> value(String name) {
    return Optional.ofNullable(environment.get(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  /** The SDK's properties that follow: below what the environment says itself. */
  public Map<String, String> defaults() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("otel.traces.exporter", traces());
    all.put("otel.metrics.exporter", metrics());
    all.put("otel.logs.exporter", NONE);
    all.put("otel.service.name", "netspan");
    // Both ends of a connection should reach a backend within its window for pairing them, 2 s in
    // the Collector.
    all.put("otel.bsp.schedule.delay", "500");
    all.put("otel.bsp.max.queue.size", "32768");
    all.put("otel.bsp.max.export.batch.size", "2048");
    // The SDK about itself under the names of the conventions, otel.sdk.*.
    all.put("otel.experimental.sdk.telemetry.version", "latest");
    // Of 1,999 series, the gauge of open connections makes up to eight points each, by state.
    all.put("otel.java.metrics.cardinality.limit", "16001");
    all.put(
        "otel.exporter.otlp.metrics.default.histogram.aggregation",
        "BASE2_EXPONENTIAL_BUCKET_HISTOGRAM");
    return all;
  }

  /** For one line at the start: what goes where. Never a header: those carry secrets. */
  public String describe() {
    if (!isAny()) {
      return "exporting nothing; set OTEL_EXPORTER_OTLP_ENDPOINT to export over OTLP";
    }
    return "exporting "
        + describe("traces", traces(), "TRACES")
        + ", "
        + describe("metrics", metrics(), "METRICS");
  }

  /**
   * Where a signal goes over OTLP.
   *
   * @param variable the environment variable that says so, or would
   */
  public record Endpoint(String signal, String host, int port, String variable) {}

  /** The endpoints of the signals that are exported over OTLP. */
  public List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>();
    if (traces().equals(OTLP)) {
      all.add(endpoint("traces", "TRACES"));
    }
    if (metrics().equals(OTLP)) {
      all.add(endpoint("metrics", "METRICS"));
    }
    return all;
  }

  private Endpoint endpoint(String signal, String infix) {
    String own = "OTEL_EXPORTER_OTLP_" + infix + "_ENDPOINT";
    String variable = value(own).isPresent() ? own : ENDPOINT;
    URI uri = URI.create(url(infix));
    int port = uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    return new Endpoint(signal, uri.getHost(), port, variable);
  }

  private String describe(String signal, String exporter, String infix) {
    return exporter.equals(OTLP)
        ? signal + " over OTLP/" + protocol(infix) + " to " + withoutUserInfo(url(infix))
        : signal + " to " + exporter;
  }

  private String protocol(String infix) {
    return value("OTEL_EXPORTER_OTLP_" + infix + "_PROTOCOL")
        .or(() -> value(PROTOCOL))
        .orElse(GRPC);
  }

  private String url(String infix) {
    return value("OTEL_EXPORTER_OTLP_" + infix + "_ENDPOINT")
        .or(() -> value(ENDPOINT))
        .orElse("http://localhost:" + (protocol(infix).equals(GRPC) ? 4317 : 4318));
  }

  private static String withoutUserInfo(String endpoint) {
    // Up to the last @: a password in something that is no URL may have any character.
    return endpoint.replaceFirst("^([a-zA-Z]+://)?.*@", "$1");
  }
}
