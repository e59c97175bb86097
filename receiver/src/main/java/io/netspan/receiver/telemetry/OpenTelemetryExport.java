package io.netspan.receiver.telemetry;

import io.netspan.config.ConfigException;
import io.netspan.config.ExporterSelection;
import io.netspan.config.Signal;
import io.netspan.receiver.SingleWriterCounter;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.SpanProcessor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * The OpenTelemetry SDK as the standard environment variables configure it. Spans of sockets do not
 * pass its tracer, which would give them ids and one Resource; they go straight to the span
 * processors that it was configured with, each with its own identity and the Resource of its
 * workload.
 *
 * <p>{@link #offer} belongs to the tracer's thread and never blocks: what the queue cannot take is
 * dropped and counted.
 */
public final class OpenTelemetryExport implements SpanExport, AutoCloseable {
  private static final Duration FLUSH_WITHIN = Duration.ofSeconds(5);

  private static final System.Logger LOG = System.getLogger("netspan.export");

  private final OpenTelemetrySdk sdk;
  private final ExporterSelection selection;
  private final List<SpanProcessor> processors;
  private final Map<Signal, ExportCounts> counts;
  private final ExportCounts spans;
  private final Attributes resource;
  private final ConnectionSampler sampler;
  private final SpanLimits limits;
  private final int queueSize;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final SingleWriterCounter offered = new SingleWriterCounter();
  private final SingleWriterCounter queueFull = new SingleWriterCounter();
  private volatile boolean closed;

  private OpenTelemetryExport(
      OpenTelemetrySdk sdk, ExporterSelection selection, SdkSettings settings) {
    this.sdk = sdk;
    this.selection = selection;
    this.processors = List.copyOf(settings.processors);
    this.counts = Map.copyOf(settings.counts);
    this.spans = counts.getOrDefault(Signal.TRACES, new ExportCounts("spans"));
    this.resource = settings.resource;
    this.sampler = settings.sampler;
    this.limits = settings.limits;
    this.queueSize = settings.queueSize;
  }

  /**
   * Configures the SDK by the environment.
   *
   * @throws ConfigException if the environment configures what the SDK cannot do
   */
  public static OpenTelemetryExport start(ExporterSelection selection) {
    return start(selection, _ -> Attributes.empty());
  }

  /**
   * Configures the SDK by the environment.
   *
   * @param own what the agent's Resource has besides what is configured, made from that; where both
   *     have an attribute, the configured one counts
   * @throws ConfigException if the environment configures what the SDK cannot do
   */
  public static OpenTelemetryExport start(
      ExporterSelection selection, UnaryOperator<Attributes> own) {
    SdkSettings settings = new SdkSettings(selection, own);
    OpenTelemetrySdk sdk = settings.build();
    selection.warnings().forEach(warning -> LOG.log(System.Logger.Level.WARNING, warning));
    return new OpenTelemetryExport(sdk, selection, settings);
  }

  /** What goes where, by the exporters that there are. */
  public String describe() {
    return selection.describe(counts.keySet());
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

  @Override
  public boolean exportsSpans() {
    return !processors.isEmpty();
  }

  @Override
  public boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
    return sampler.samples(pair, transport, serverPort, kind);
  }

  @Override
  public SpanLimits limits() {
    return limits;
  }

  /**
   * What would be more than the processor's queue takes is dropped here: the processor says only in
   * a metric of the SDK what it has dropped.
   */
  @Override
  public void offer(NetworkSpan span) {
    offered.increment();
    if (offered.get() - queueFull.get() - spans.taken() > queueSize) {
      queueFull.increment();
      return;
    }
    for (SpanProcessor processor : processors) {
      processor.onEnd(span);
    }
  }

  /** Spans that were to be exported. */
  public long offered() {
    return offered.get();
  }

  /** Spans that arrived at the backend. */
  public long exported() {
    return spans.exported();
  }

  /** Spans of requests that a backend did not take. */
  public long failed() {
    return spans.failed();
  }

  /** Spans that a backend rejected in requests that it took. */
  public long rejected() {
    return spans.rejected();
  }

  /** Spans that the queue could not take. */
  public long queueFull() {
    return queueFull.get();
  }

  /** Spans of which nothing was known when {@link #close} had waited long enough; before, none. */
  public long unsent() {
    return closed ? offered() - queueFull() - exported() - rejected() - failed() : 0;
  }

  /** Data points of metrics of requests that a backend did not take. */
  public long pointsFailed() {
    ExportCounts points = counts.get(Signal.METRICS);
    return points == null ? 0 : points.failed();
  }

  /** Data points of metrics that a backend rejected in requests that it took. */
  public long pointsRejected() {
    ExportCounts points = counts.get(Signal.METRICS);
    return points == null ? 0 : points.rejected();
  }

  /**
   * Sends what is waiting, for at most {@code FLUSH_WITHIN}, and stops; the second time it does
   * nothing.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    CompletableResultCode done = sdk.shutdown();
    done.join(FLUSH_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
    closed = true;
  }
}
