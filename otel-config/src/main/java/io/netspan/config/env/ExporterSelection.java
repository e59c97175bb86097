package io.netspan.config.env;

import io.netspan.config.BackendUrl;
import io.netspan.config.BatchSettings;
import io.netspan.config.ClientTls;
import io.netspan.config.ConfigException;
import io.netspan.config.MetricSettings;
import io.netspan.config.Setting;
import io.netspan.config.Signal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which of OpenTelemetry's exporters are wanted, and how, by the standard environment variables.
 * Unlike an SDK, the agent exports nothing unless one of these variables asks for it, so that it
 * can be tried without a backend. Only variables that are of use are checked, and only they reach
 * the SDK.
 *
 * <p>If {@code OTEL_CONFIG_FILE} is set, the file decides alone, as the specification demands: no
 * other variable is read, and this class supplies only the file's name.
 */
public final class ExporterSelection {
  private static final String CONFIG_FILE = "OTEL_CONFIG_FILE";
  private static final Pattern REFERENCE =
      Pattern.compile("\\$\\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)");
  private static final Pattern SIGNAL_PATH = Pattern.compile("/v1/(?:traces|metrics)/?$");
  private static final String DISABLED = "OTEL_SDK_DISABLED";
  private static final String ENDPOINT = "ENDPOINT";
  private static final String COMMON_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
  private static final String NONE = "none";
  private static final String GRPC = "grpc";
  private static final String OTLP = "otlp";

  /** The agent's service name, unless another is configured. */
  public static final String SERVICE_NAME = "netspan";

  private static final Duration EXPIRES_SOON = Duration.ofDays(7);

  private final Variables variables;
  private final Set<Signal> exported = EnumSet.noneOf(Signal.class);
  private MetricExporters metrics = MetricExporters.NONE;
  private final Map<Signal, BackendUrl> urls = new EnumMap<>(Signal.class);
  private final Map<Signal, ClientTls> tls = new EnumMap<>(Signal.class);

  /**
   * Checks the variables.
   *
   * @param environment names and values, as {@link System#getenv()} has them; an empty value counts
   *     as none, as the specification says
   * @throws ConfigException with all problems at once
   */
  public ExporterSelection(Map<String, String> environment) {
    variables = new Variables(environment);
    if (file().isPresent()) {
      return;
    }
    List<String> problems = new ArrayList<>();
    if (!disabled()) {
      for (Signal signal : Signal.values()) {
        exporter(signal, problems);
      }
    }
    for (Signal signal : exported) {
      protocol(signal, problems);
      url(signal, problems);
      headers(signal, problems);
    }
    problems.addAll(SdkChecks.problems(variables, exported, metrics.prometheus()));
    resource(problems);
    if (!problems.isEmpty()) {
      throw new ConfigException(problems.stream().distinct().toList());
    }
    exported.stream()
        .filter(signal -> url(signal).encrypted())
        .forEach(
            signal ->
                ClientTls.of(
                        file(signal, "CERTIFICATE"),
                        file(signal, "CLIENT_KEY"),
                        file(signal, "CLIENT_CERTIFICATE"))
                    .ifPresent(context -> tls.put(signal, context)));
  }

  private @Nullable Setting file(Signal signal, String suffix) {
    return variables.otlp(signal, suffix).orElse(null);
  }

  /** The configuration file, if there is one; it alone then decides what is exported. */
  public Optional<Path> file() {
    return variables.get(CONFIG_FILE).map(Path::of);
  }

  /**
   * The variables of OpenTelemetry that are set and have no effect, since a configuration file is
   * used.
   *
   * @param content the file, from which a variable may be referred to as {@code ${NAME}}
   */
  public Set<String> ignored(String content) {
    Set<String> names = new TreeSet<>(variables.standard());
    names.remove(CONFIG_FILE);
    REFERENCE.matcher(content).results().forEach(reference -> names.remove(reference.group(1)));
    return names;
  }

  /** The selection by this process's environment and the {@code -Dotel...} system properties. */
  public static ExporterSelection ofThisProcess() {
    return new ExporterSelection(Variables.ofThisProcess());
  }

  private boolean disabled() {
    return variables.get(DISABLED).filter("true"::equalsIgnoreCase).isPresent();
  }

  private void exporter(Signal signal, List<String> problems) {
    String variable = "OTEL_" + signal + "_EXPORTER";
    String exporter =
        variables
            .get(variable)
            .orElseGet(() -> variables.otlp(signal, ENDPOINT).isPresent() ? OTLP : NONE);
    if (signal == Signal.METRICS) {
      metrics = MetricExporters.of(variable, exporter, problems);
      if (metrics.otlp()) {
        exported.add(signal);
      }
    } else if (exporter.equals(OTLP)) {
      exported.add(signal);
    } else if (!exporter.equals(NONE)) {
      problems.add(variable + " is '" + exporter + "': write otlp or none");
    }
  }

  private void protocol(Signal signal, List<String> problems) {
    variables
        .otlp(signal, "PROTOCOL")
        .filter(set -> !set.value().equals(GRPC) && !set.value().equals("http/protobuf"))
        .ifPresent(
            bad ->
                problems.add(
                    bad.name() + " is '" + bad.value() + "': write grpc or http/protobuf"));
  }

  private void url(Signal signal, List<String> problems) {
    Setting set = variables.otlp(signal, ENDPOINT).orElse(null);
    if (set == null) {
      return;
    }
    String is = set.name() + " is '" + BackendUrl.withoutUserInfo(set.value()) + "': ";
    BackendUrl url = BackendUrl.parse(set.value()).orElse(null);
    if (url == null) {
      problems.add(
          is
              + (set.value().startsWith("unix:")
                  ? "write a URL such as unix:///run/otelcol.sock, whose path begins with / and has"
                      + " at most 107 bytes"
                  : "write a URL such as http://127.0.0.1:4317"));
    } else if (url.socket().isPresent()) {
      urls.put(signal, url);
    } else if (url.path().contains("?") || url.path().contains("#")) {
      problems.add(is + "a backend's URL ends with its path, write it without ? and #");
    } else if (isGrpc(signal) && !url.path().isEmpty() && !url.path().equals("/")) {
      problems.add(is + pathWithGrpc(signal, set, url));
    } else {
      urls.put(signal, url);
    }
  }

  private String pathWithGrpc(Signal signal, Setting endpoint, BackendUrl url) {
    String protocol =
        variables.otlp(signal, "PROTOCOL").map(Setting::name).orElse("OTEL_EXPORTER_OTLP_PROTOCOL");
    // The SDK appends the signal's path to the endpoint of all signals.
    Matcher path = SIGNAL_PATH.matcher(url.path());
    String further =
        endpoint.name().equals(COMMON_ENDPOINT) && path.find()
            ? " and write the URL without " + path.group()
            : "";
    return "OTLP over gRPC has no path; for OTLP over HTTP set "
        + protocol
        + "=http/protobuf"
        + further
        + ", for gRPC write a URL without a path";
  }

  private void headers(Signal signal, List<String> problems) {
    variables
        .otlp(signal, "HEADERS")
        .ifPresent(set -> problems.addAll(OtlpHeaders.problems(set, isGrpc(signal))));
  }

  private void resource(List<String> problems) {
    String variable = "OTEL_RESOURCE_ATTRIBUTES";
    for (String entry : variables.get(variable).orElse("").split(",", -1)) {
      if (!entry.isBlank() && entry.strip().indexOf('=') < 1) {
        problems.add(variable + " has '" + entry.strip() + "': write key1=value1,key2=value2");
      }
    }
  }

  /** Whether the signal is to be exported. */
  public boolean exports(Signal signal) {
    return exported.contains(signal);
  }

  /** Whether anything is to be exported. */
  public boolean isAny() {
    return !exported.isEmpty() || metrics.prometheus();
  }

  /** TLS to the signal's backend; empty if the JDK's defaults apply, or it is not encrypted. */
  public Optional<ClientTls> tls(Signal signal) {
    return Optional.ofNullable(tls.get(signal));
  }

  /** The SDK's properties that follow: below what the environment says itself. */
  public Map<String, String> defaults() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("otel.service.name", SERVICE_NAME);
    BatchSettings batch = BatchSettings.DEFAULTS;
    all.put("otel.bsp.schedule.delay", Long.toString(batch.scheduleDelay().toMillis()));
    all.put("otel.bsp.max.queue.size", Integer.toString(batch.maxQueueSize()));
    all.put("otel.bsp.max.export.batch.size", Integer.toString(batch.maxExportBatchSize()));
    // The SDK about itself under the names of the conventions, otel.sdk.*.
    all.put("otel.experimental.sdk.telemetry.version", "latest");
    all.put(
        "otel.java.metrics.cardinality.limit",
        Integer.toString(MetricSettings.DEFAULTS.cardinalityLimit()));
    all.put(
        "otel.metric.export.interval",
        Long.toString(MetricSettings.DEFAULTS.exportInterval().toMillis()));
    all.put(
        "otel.exporter.otlp.metrics.default.histogram.aggregation",
        "BASE2_EXPONENTIAL_BUCKET_HISTOGRAM");
    return all;
  }

  /** The SDK's properties that follow: above what the environment says. */
  public Map<String, String> overrides() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("otel.traces.exporter", exports(Signal.TRACES) ? OTLP : NONE);
    all.put("otel.metrics.exporter", metrics.written());
    all.put("otel.logs.exporter", NONE);
    all.put("otel.propagators", NONE);
    for (Signal signal : exported) {
      BackendUrl url = urls.get(signal);
      if (url != null) {
        override(all, signal, ENDPOINT, url.forTheSdk() + path(signal, url));
      }
      variables
          .otlp(signal, "HEADERS")
          .ifPresent(set -> override(all, signal, "HEADERS", OtlpHeaders.forTheSdk(set.value())));
    }
    return all;
  }

  /**
   * What a unix socket's URL lacks over HTTP: the path of the signal, which the SDK adds to the
   * common endpoint only.
   */
  private String path(Signal signal, BackendUrl url) {
    boolean common =
        variables
            .otlp(signal, ENDPOINT)
            .filter(set -> set.name().equals(COMMON_ENDPOINT))
            .isPresent();
    return url.socket().isEmpty() || common || isGrpc(signal) ? "" : "/v1/" + signal.lower();
  }

  /**
   * Overrides the variable that holds the value: the SDK appends a path to the common endpoint, so
   * the two are not interchangeable.
   */
  private void override(Map<String, String> all, Signal signal, String suffix, String value) {
    variables.otlp(signal, suffix).ifPresent(set -> all.put(Variables.property(set.name()), value));
  }

  /**
   * The SDK's properties that it must not see: what the agent has no use for, and the files of TLS,
   * which {@link #tls} has read.
   */
  public Set<String> hidden() {
    List<String> all =
        new ArrayList<>(SdkChecks.unneeded(variables, exported, metrics.prometheus()));
    for (String infix : List.of("", "traces.", "metrics.")) {
      for (String file : List.of("certificate", "client.key", "client.certificate")) {
        all.add("otel.exporter.otlp." + infix + file);
      }
    }
    return Set.copyOf(all);
  }

  /** What the user should know, a sentence each. */
  public List<String> warnings() {
    List<String> all = new ArrayList<>();
    if (file().isEmpty()) {
      variables
          .get(DISABLED)
          .filter(value -> !value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false"))
          .ifPresent(
              value ->
                  all.add(
                      DISABLED
                          + " is '"
                          + value
                          + "', which counts as false: write true or false"));
    }
    exported.stream().flatMap(signal -> doublePath(signal).stream()).distinct().forEach(all::add);
    tls.values().stream()
        .filter(context -> expiresSoon(context.expiry()))
        .map(
            context ->
                "the client's certificate "
                    + context.clientFiles()
                    + " is valid until "
                    + context.expiry().orElse(Instant.EPOCH)
                    + "; renewed files are used without a restart")
        .distinct()
        .forEach(all::add);
    return all;
  }

  /** The SDK appends the signal's path to the endpoint of all signals. */
  private Optional<String> doublePath(Signal signal) {
    BackendUrl url = urls.get(signal);
    if (url == null || isGrpc(signal)) {
      return Optional.empty();
    }
    Matcher path = SIGNAL_PATH.matcher(url.path());
    return variables
        .otlp(signal, ENDPOINT)
        .filter(set -> set.name().equals(COMMON_ENDPOINT) && path.find())
        .map(
            _ ->
                COMMON_ENDPOINT
                    + " is '"
                    + url
                    + "': /v1/traces and /v1/metrics are appended to it; write the URL without "
                    + path.group());
  }

  private static boolean expiresSoon(Optional<Instant> expiry) {
    return expiry.filter(end -> end.isBefore(Instant.now().plus(EXPIRES_SOON))).isPresent();
  }

  /** The line logged at the start: which signals are to be exported, and to which endpoints. */
  public String describe() {
    return describe(exported);
  }

  /**
   * The same line for the exporters that were built. It never has a header, since headers carry
   * secrets.
   *
   * @param built the signals for which there is an exporter
   */
  public String describe(Set<Signal> built) {
    if (built.isEmpty() && !metrics.prometheus()) {
      return disabled()
          ? "exporting nothing, since OTEL_SDK_DISABLED is true"
          : "exporting nothing; set OTEL_EXPORTER_OTLP_ENDPOINT to export over OTLP";
    }
    List<String> parts = new ArrayList<>();
    for (Signal signal : Signal.values()) {
      String otlp = "over OTLP/" + protocol(signal) + " to " + url(signal);
      if (signal == Signal.METRICS && metrics.prometheus()) {
        parts.add(
            "metrics "
                + (built.contains(signal) ? otlp + " and " : "")
                + MetricExporters.describePrometheus(variables));
      } else {
        parts.add(built.contains(signal) ? signal.lower() + " " + otlp : "no " + signal.lower());
      }
    }
    return "exporting " + String.join(", ", parts);
  }

  /**
   * Where a signal goes over OTLP.
   *
   * @param variable the environment variable that says so, or would
   */
  public record Endpoint(String signal, BackendUrl url, String variable) {}

  /** The endpoints of the signals that are exported over OTLP. */
  public List<Endpoint> endpoints() {
    return exported.stream().map(this::endpoint).toList();
  }

  private Endpoint endpoint(Signal signal) {
    BackendUrl url = url(signal);
    String variable = variables.otlp(signal, ENDPOINT).map(Setting::name).orElse(COMMON_ENDPOINT);
    return new Endpoint(signal.lower(), url, variable);
  }

  private String protocol(Signal signal) {
    return variables.otlp(signal, "PROTOCOL").map(Setting::value).orElse(GRPC);
  }

  private boolean isGrpc(Signal signal) {
    return protocol(signal).equals(GRPC);
  }

  private BackendUrl url(Signal signal) {
    BackendUrl url = urls.get(signal);
    int port = isGrpc(signal) ? 4317 : 4318;
    return url != null ? url : new BackendUrl("http", "localhost", port, ":" + port, "");
  }
}
