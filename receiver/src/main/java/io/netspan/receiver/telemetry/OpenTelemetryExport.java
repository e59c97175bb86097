package io.netspan.receiver.telemetry;

import io.netspan.config.ConfigException;
import io.netspan.config.ExporterSelection;
import io.netspan.receiver.SingleWriterCounter;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/**
 * The OpenTelemetry SDK as the standard environment variables configure it. Spans of sockets do not
 * pass its tracer, which would give them ids and one Resource; they go straight to the span
 * processors that it was configured with, each with its own identity and the Resource of its
 * workload.
 *
 * <p>{@link #offer} belongs to the tracer's thread and never blocks: the batch processor drops what
 * its queue cannot take.
 */
public final class OpenTelemetryExport implements AutoCloseable {
  private static final Duration FLUSH_WITHIN = Duration.ofSeconds(5);

  private final OpenTelemetrySdk sdk;
  private final List<SpanProcessor> processors;
  private final List<CountingSpanExporter> exporters;
  private final Attributes resource;
  private final ConnectionSampler sampler;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final SingleWriterCounter offered = new SingleWriterCounter();

  private OpenTelemetryExport(
      OpenTelemetrySdk sdk,
      List<SpanProcessor> processors,
      List<CountingSpanExporter> exporters,
      Attributes resource,
      ConnectionSampler sampler) {
    this.sdk = sdk;
    this.processors = processors;
    this.exporters = exporters;
    this.resource = resource;
    this.sampler = sampler;
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
    List<SpanProcessor> processors = new CopyOnWriteArrayList<>();
    List<CountingSpanExporter> exporters = new CopyOnWriteArrayList<>();
    AtomicReference<Attributes> resource = new AtomicReference<>(Attributes.empty());
    AtomicReference<ConnectionSampler> sampler =
        new AtomicReference<>(ConnectionSampler.of(Sampler.alwaysOn(), 1));
    try {
      OpenTelemetrySdk sdk =
          AutoConfiguredOpenTelemetrySdk.builder()
              .disableShutdownHook()
              .addPropertiesSupplier(selection::defaults)
              .addResourceCustomizer(
                  (configured, properties) -> {
                    Resource all =
                        Resource.create(own.apply(configured.getAttributes())).merge(configured);
                    resource.set(all.getAttributes());
                    return all;
                  })
              .addSamplerCustomizer(
                  (configured, properties) -> {
                    sampler.set(
                        ConnectionSampler.of(
                            configured, properties.getDouble("otel.traces.sampler.arg", 1)));
                    return configured;
                  })
              .addSpanExporterCustomizer(
                  (exporter, properties) -> {
                    CountingSpanExporter counting = new CountingSpanExporter(exporter);
                    exporters.add(counting);
                    return counting;
                  })
              .addSpanProcessorCustomizer(
                  (processor, properties) -> {
                    processors.add(processor);
                    return processor;
                  })
              .build()
              .getOpenTelemetrySdk();
      return new OpenTelemetryExport(sdk, processors, exporters, resource.get(), sampler.get());
    } catch (ConfigurationException e) {
      throw new ConfigException(
          List.of("OpenTelemetry's environment variables: " + e.getMessage()));
    }
  }

  public Meter meter() {
    return sdk.getMeter("io.netspan");
  }

  /** The attributes of the agent's own Resource. */
  public Attributes resource() {
    return resource;
  }

  public boolean exportsSpans() {
    return !processors.isEmpty();
  }

  /** Whether the configured sampler keeps the connection: the same at both of its ends. */
  boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
    return sampler.samples(pair, transport, serverPort, kind);
  }

  void offer(NetworkSpan span) {
    offered.increment();
    for (SpanProcessor processor : processors) {
      processor.onEnd(span);
    }
  }

  /** Spans given to the batch processor. */
  public long offered() {
    return offered.get();
  }

  /** Spans that arrived at the backend. */
  public long exported() {
    return exporters.stream().mapToLong(CountingSpanExporter::exported).sum();
  }

  /** Spans that a backend did not take. */
  public long failed() {
    return exporters.stream().mapToLong(CountingSpanExporter::failed).sum();
  }

  /**
   * Spans that the queue could not take, exact once {@link #close} has flushed it; before that,
   * those still waiting count too.
   */
  public long notExported() {
    return exporters.isEmpty() ? 0 : offered() * exporters.size() - exported() - failed();
  }

  /**
   * Sends what is waiting, for at most {@code FLUSH_WITHIN}, and stops; the second time it does
   * nothing.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    CompletableResultCode done = sdk.shutdown();
    done.join(FLUSH_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }
}
