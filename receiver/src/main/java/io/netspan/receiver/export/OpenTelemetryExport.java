package io.netspan.receiver.export;

import io.netspan.config.ConfigException;
import io.netspan.config.ExportSettings;
import io.netspan.config.MetricAttribute;
import io.netspan.config.Signal;
import io.netspan.config.env.ExporterSelection;
import io.netspan.config.env.ExporterSelection.Endpoint;
import io.netspan.receiver.telemetry.ConnectionSampler;
import io.netspan.receiver.telemetry.MetricResources;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Scope;
import io.netspan.receiver.telemetry.SpanExport;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;

/**
 * The OpenTelemetry SDK as a configuration file or the standard environment variables configure it.
 * Spans of sockets do not pass its tracer, which would generate their ids and give all of them one
 * Resource. They go to its exporters through our own batchers, each span with its own ids and the
 * Resource of its workload.
 *
 * <p>{@link #offer} is called by the thread that has the turn and never blocks: a span that does
 * not fit into a queue is dropped and counted. With several exporters of spans a span counts once
 * for each.
 */
public final class OpenTelemetryExport implements SpanExport, AutoCloseable {
  private static final Duration FLUSH_WITHIN = Duration.ofSeconds(5);

  private static final System.Logger LOG = System.getLogger("netspan.export");

  private final OpenTelemetrySdk sdk;
  private final List<SpanBatcher> batchers;
  private final List<ExportCounts> spans;
  private final List<ExportCounts> points;
  private final boolean pulled;
  private final Attributes resource;
  private final ConnectionSampler sampler;
  private final SpanLimits limits;
  private final List<MetricAttribute> optedIn;
  private final String description;
  private final List<Endpoint> endpoints;
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile boolean closed;

  private OpenTelemetryExport(BuiltSdk built, String description, List<Endpoint> endpoints) {
    this.sdk = built.sdk();
    this.batchers = built.batchers();
    this.spans = built.spans();
    this.points = built.points();
    this.pulled = built.pulled();
    this.resource = built.resource();
    this.sampler = built.sampler();
    this.limits = built.limits();
    this.optedIn = built.optedIn();
    this.description = description;
    this.endpoints = endpoints;
  }

  /**
   * Configures the SDK by the environment, or by the file that it names.
   *
   * @throws ConfigException if that configures what the SDK cannot do
   */
  public static OpenTelemetryExport start(ExporterSelection selection) {
    return start(
        selection,
        _ -> Attributes.empty(),
        new MetricResources(),
        ExportSettings.MOST_BACKLOG_BY_DEFAULT,
        Duration.ZERO);
  }

  /**
   * Configures the SDK by the environment, or by the file that it names.
   *
   * @param own makes the agent's further attributes from the configured ones; if both have an
   *     attribute, the configured value is used
   * @param resources the Resources that points of metrics name, see {@link MetricResources}
   * @param backlogBytes the bytes of requests with spans that may wait for backends
   * @param seriesIdle how long a series of metrics is exported in which nothing is counted; 0:
   *     without end
   * @throws ConfigException if that configures what the SDK cannot do
   */
  public static OpenTelemetryExport start(
      ExporterSelection selection,
      UnaryOperator<Attributes> own,
      MetricResources resources,
      long backlogBytes,
      Duration seriesIdle) {
    OpenTelemetryExport started =
        selection
            .file()
            .map(
                path -> {
                  ConfigurationFile file = ConfigurationFile.read(path);
                  long each = backlogBytes / Math.max(1, file.spanExporters());
                  return byFile(
                      file, selection, own, new CapturedExporters(resources, each, seriesIdle));
                })
            .orElseGet(
                () ->
                    byEnvironment(
                        selection,
                        own,
                        new CapturedExporters(resources, backlogBytes, seriesIdle)));
    selection.warnings().forEach(OpenTelemetryExport::warn);
    return started;
  }

  private static OpenTelemetryExport byFile(
      ConfigurationFile file,
      ExporterSelection selection,
      UnaryOperator<Attributes> own,
      CapturedExporters exporters) {
    BuiltSdk built = new FileSdk(file, own, exporters).build();
    file.warnings(selection).forEach(OpenTelemetryExport::warn);
    return new OpenTelemetryExport(built, file.describe(), file.endpoints());
  }

  private static OpenTelemetryExport byEnvironment(
      ExporterSelection selection, UnaryOperator<Attributes> own, CapturedExporters exporters) {
    BuiltSdk built = new EnvironmentSdk(selection, own, exporters).build();
    Set<Signal> signals = EnumSet.noneOf(Signal.class);
    if (!built.spans().isEmpty()) {
      signals.add(Signal.TRACES);
    }
    if (!built.points().isEmpty()) {
      signals.add(Signal.METRICS);
    }
    return new OpenTelemetryExport(built, selection.describe(signals), selection.endpoints());
  }

  private static void warn(String warning) {
    LOG.log(System.Logger.Level.WARNING, warning);
  }

  /**
   * Where signals would go over OTLP, without building an SDK.
   *
   * @throws ConfigException if the configuration file cannot be read
   */
  public static List<Endpoint> endpoints(ExporterSelection selection) {
    return selection
        .file()
        .map(path -> ConfigurationFile.read(path).endpoints())
        .orElseGet(selection::endpoints);
  }

  /** What would be exported and where to, in one line, without building an SDK. */
  public static String describe(ExporterSelection selection) {
    return selection
        .file()
        .map(path -> ConfigurationFile.read(path).describe())
        .orElseGet(selection::describe);
  }

  /** What is exported and where to, in one line. */
  public String describe() {
    return description;
  }

  /** Where signals go over OTLP. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  public Meter meter() {
    return sdk.meterBuilder(Scope.NETSPAN.getName())
        .setInstrumentationVersion(Objects.requireNonNull(Scope.NETSPAN.getVersion()))
        .build();
  }

  /** The attributes of the agent's own Resource. */
  public Attributes resource() {
    return resource;
  }

  /** The attributes that views ask for and that metrics do not have otherwise. */
  public List<MetricAttribute> optedIn() {
    return optedIn;
  }

  /** Whether anything is exported, spans or metrics. */
  public boolean isAny() {
    return exportsSpans() || !points.isEmpty() || pulled;
  }

  @Override
  public boolean exportsSpans() {
    return !batchers.isEmpty();
  }

  @Override
  public boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
    return sampler.samples(pair, transport, serverPort, kind);
  }

  /** Whether the sampler drops no span. */
  public boolean samplesAll() {
    return sampler.samplesAll();
  }

  @Override
  public SpanLimits limits() {
    return limits;
  }

  @Override
  public boolean hasRoom() {
    for (int i = 0; i < batchers.size(); i++) {
      if (!batchers.get(i).hasRoom()) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void offer(NetworkSpan span) {
    for (int i = 0; i < batchers.size(); i++) {
      batchers.get(i).offer(span);
    }
  }

  /** Spans that were to be exported. */
  public long offered() {
    return batchers.stream().mapToLong(SpanBatcher::offered).sum();
  }

  /** Spans that arrived at the backend. */
  public long exported() {
    return sum(spans, ExportCounts::exported);
  }

  /** Spans in requests that a backend refused for good. */
  public long failed() {
    return sum(spans, ExportCounts::failed);
  }

  /** Spans in requests that waited for a backend until too many bytes waited. */
  public long backlogFull() {
    return sum(spans, ExportCounts::dropped);
  }

  /** Spans that a backend rejected in requests that it took. */
  public long rejected() {
    return sum(spans, ExportCounts::rejected);
  }

  /** Spans that were exported before their owner's identity was complete. */
  public long late() {
    return batchers.stream().mapToLong(SpanBatcher::late).sum();
  }

  /** Spans that wait to be put into requests. */
  int queued() {
    return batchers.stream().mapToInt(SpanBatcher::waiting).sum();
  }

  /** The bytes of requests with spans that wait for backends. */
  public long waitingBytes() {
    return spans.stream().mapToLong(ExportCounts::waitingBytes).sum();
  }

  /** Spans that the queue could not take. */
  public long queueFull() {
    return batchers.stream().mapToLong(SpanBatcher::queueFull).sum();
  }

  /**
   * Spans that still waited, or had no answer, when {@link #close} stopped waiting; 0 before that.
   */
  public long unsent() {
    return closed
        ? offered() - queueFull() - exported() - rejected() - failed() - backlogFull()
        : 0;
  }

  /** Data points of metrics that had no answer when {@link #close} stopped waiting. */
  public long pointsUnsent() {
    return closed ? sum(points, ExportCounts::unknown) : 0;
  }

  /** Data points of metrics in requests that a backend refused for good. */
  public long pointsFailed() {
    return sum(points, ExportCounts::failed);
  }

  /** Data points of metrics that a backend rejected in requests that it took. */
  public long pointsRejected() {
    return sum(points, ExportCounts::rejected);
  }

  /**
   * Sends what is waiting, for at most {@code FLUSH_WITHIN}, and stops. A second call does nothing.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    List<CompletableResultCode> ends = new ArrayList<>();
    batchers.forEach(batcher -> ends.add(batcher.shutdown()));
    ends.add(sdkEnds());
    CompletableResultCode.ofAll(ends).join(FLUSH_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    batchers.forEach(SpanBatcher::abandon);
    closed = true;
  }

  /** Shuts the SDK down on another thread, since a metric reader waits for its last export. */
  private CompletableResultCode sdkEnds() {
    CompletableResultCode ended = new CompletableResultCode();
    Thread.ofPlatform()
        .name("netspan-sdk-stop")
        .daemon()
        .start(() -> sdk.shutdown().whenComplete(ended::succeed));
    return ended;
  }

  private static long sum(List<ExportCounts> all, ToLongFunction<ExportCounts> count) {
    return all.stream().mapToLong(count).sum();
  }
}
