package io.netspan.receiver.export;

import io.netspan.config.BatchSettings;
import io.netspan.config.ClientTls;
import io.netspan.config.ConfigException;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.telemetry.ConnectionSampler;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.incubator.config.DeclarativeConfigException;
import io.opentelemetry.api.incubator.config.DeclarativeConfigProperties;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.DeclarativeConfiguration;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.DeclarativeConfigurationCustomizer;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.DeclarativeConfigurationCustomizerProvider;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.BatchSpanProcessorModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.MeterProviderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.MetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OpenTelemetryConfigurationModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.ParentBasedSamplerModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PeriodicMetricReaderModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SamplerModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SimpleSpanProcessorModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SpanProcessorModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.TracerProviderModel;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.autoconfigure.spi.internal.ComponentProvider;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Builds the SDK from a file of OpenTelemetry's declarative configuration. Used once, by one
 * thread.
 *
 * <p>The SDK offers no way to get or replace its span processors. Its exporters can be replaced, in
 * the order of the file, and it closes those that were. So each {@code batch} of the file is read
 * and replaced by a {@code simple} with the same exporter; that processor has no thread and gets no
 * span.
 */
final class FileSdk {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

  /** The newest format that the SDK's reader knows. It warns about any other. */
  private static final String NEWEST_FORMAT = "1.1";

  /** Differs from the newest only in experimental keys. */
  private static final String EQUIVALENT_FORMAT = "1.0";

  private final ConfigurationFile file;
  private final UnaryOperator<Attributes> own;
  private final CapturedExporters exporters;
  private final List<BatchSettings> batches = new ArrayList<>();
  private final Deque<Optional<ClientTls>> spanTls = new ArrayDeque<>();
  private final Deque<Optional<ClientTls>> metricTls = new ArrayDeque<>();
  private FileMetrics metrics = new FileMetrics(null);

  FileSdk(ConfigurationFile file, UnaryOperator<Attributes> own, CapturedExporters exporters) {
    this.exporters = exporters;
    this.file = file;
    this.own = own;
  }

  /**
   * Builds the SDK.
   *
   * @throws ConfigException if the SDK refuses what the file says
   */
  BuiltSdk build() {
    OpenTelemetryConfigurationModel model = file.model();
    // What is for applications must not stop the agent.
    model.withLoggerProvider(null).withPropagator(null);
    if (EQUIVALENT_FORMAT.equals(model.getFileFormat())) {
      model.withFileFormat(NEWEST_FORMAT);
    }
    try {
      Resource resource = resource(model);
      takeBatches(model.getTracerProvider());
      takeTls(model.getMeterProvider());
      metrics = new FileMetrics(model.getMeterProvider());
      OpenTelemetrySdk sdk = DeclarativeConfiguration.create(model, new Components()).getSdk();
      return built(sdk, resource.getAttributes(), ratio(model.getTracerProvider()));
    } catch (DeclarativeConfigException | ConfigurationException | ConfigException e) {
      exporters.close();
      throw file.refused(e);
    }
  }

  private BuiltSdk built(OpenTelemetrySdk sdk, Attributes resource, double ratio) {
    List<EncodedSpanExporter> spans = exporters.spans();
    List<SpanBatcher> batchers = new ArrayList<>();
    for (int i = 0; i < spans.size(); i++) {
      batchers.add(SpanBatcher.start(spans.get(i), batches.get(i)));
    }
    SdkTracerProvider tracers = sdk.getSdkTracerProvider();
    return new BuiltSdk(
        sdk,
        batchers,
        spans.stream().map(EncodedSpanExporter::counts).toList(),
        exporters.points(),
        exporters.isPulled(),
        resource,
        ConnectionSampler.of(tracers.getSampler(), ratio),
        tracers.getSpanLimits(),
        metrics.optedIn());
  }

  /**
   * The Resource of the file and, where that does not have them, the agent's own attributes. The
   * SDK exposes the Resource of a file only through a built SDK, so one is built from the Resource
   * alone.
   */
  private Resource resource(OpenTelemetryConfigurationModel model) {
    Resource configured =
        DeclarativeConfiguration.create(
                new OpenTelemetryConfigurationModel()
                    .withFileFormat(NEWEST_FORMAT)
                    .withResource(model.getResource()))
            .getResource();
    String name = Objects.requireNonNullElse(configured.getAttribute(SERVICE_NAME), "");
    if (name.isEmpty() || name.startsWith("unknown_service")) {
      configured =
          configured.merge(
              Resource.create(Attributes.of(SERVICE_NAME, ExporterSelection.SERVICE_NAME)));
    }
    Resource all = Resource.create(own.apply(configured.getAttributes())).merge(configured);
    model.withResource(ResourceModels.of(all));
    return all;
  }

  private void takeBatches(@Nullable TracerProviderModel tracers) {
    if (tracers == null || tracers.getProcessors() == null) {
      return;
    }
    for (SpanProcessorModel processor : tracers.getProcessors()) {
      BatchSpanProcessorModel batch = processor.getBatch();
      if (batch != null) {
        batches.add(settings(batch));
        spanTls.add(FileExporters.prepare(batch.getExporter()));
        processor
            .withBatch(null)
            .withSimple(new SimpleSpanProcessorModel().withExporter(batch.getExporter()));
      } else if (processor.getSimple() != null) {
        // One request per span could not keep up with a machine's connections.
        batches.add(BatchSettings.DEFAULTS);
        spanTls.add(FileExporters.prepare(processor.getSimple().getExporter()));
      }
    }
  }

  private static BatchSettings settings(BatchSpanProcessorModel batch) {
    BatchSettings fallback = BatchSettings.DEFAULTS;
    return new BatchSettings(
        millis(batch.getScheduleDelay(), fallback.scheduleDelay()),
        Objects.requireNonNullElse(batch.getMaxQueueSize(), fallback.maxQueueSize()),
        Objects.requireNonNullElse(batch.getMaxExportBatchSize(), fallback.maxExportBatchSize()));
  }

  private static Duration millis(@Nullable Integer set, Duration fallback) {
    return set == null ? fallback : Duration.ofMillis(set);
  }

  /** Reads the readers' files of TLS. */
  private void takeTls(@Nullable MeterProviderModel meters) {
    if (meters == null || meters.getReaders() == null) {
      return;
    }
    for (MetricReaderModel reader : meters.getReaders()) {
      PeriodicMetricReaderModel periodic = reader.getPeriodic();
      if (periodic != null) {
        metricTls.add(FileExporters.prepare(periodic.getExporter()));
      }
    }
  }

  /** The ratio of the sampler, if it has one; otherwise 1. */
  private static double ratio(@Nullable TracerProviderModel tracers) {
    SamplerModel sampler = tracers == null ? null : tracers.getSampler();
    ParentBasedSamplerModel parent = sampler == null ? null : sampler.getParentBased();
    SamplerModel root = parent == null ? sampler : parent.getRoot();
    return root == null
            || root.getTraceIdRatioBased() == null
            || root.getTraceIdRatioBased().getRatio() == null
        ? 1
        : root.getTraceIdRatioBased().getRatio();
  }

  private void customize(DeclarativeConfigurationCustomizer customizer) {
    customizer.addSpanExporterCustomizer(
        SpanExporter.class,
        (exporter, _) -> exporters.spans(exporter, spanTls.remove().orElse(null)));
    customizer.addMetricExporterCustomizer(
        MetricExporter.class,
        (exporter, _) ->
            exporters.metrics(exporter, metricTls.remove().orElse(null), metrics.nextPeriodic()));
  }

  /** The SDK's usual components, and the customizer that takes its exporters. */
  private final class Components implements ComponentLoader {
    private final ComponentLoader usual =
        ComponentLoader.forClassLoader(FileSdk.class.getClassLoader());

    @Override
    public <T> Iterable<T> load(Class<T> type) {
      if (type == ComponentProvider.class) {
        List<T> all = new ArrayList<>();
        usual.load(type).forEach(one -> all.add(type.cast(provider((ComponentProvider) one))));
        return all;
      }
      if (type != DeclarativeConfigurationCustomizerProvider.class) {
        return usual.load(type);
      }
      DeclarativeConfigurationCustomizerProvider provider = FileSdk.this::customize;
      return List.of(type.cast(provider));
    }

    private ComponentProvider provider(ComponentProvider usual) {
      return usual.getType() == MetricReader.class ? new PulledReaders(usual) : usual;
    }
  }

  /** Wraps the readers that are asked for their metrics. */
  private final class PulledReaders implements ComponentProvider {
    private final ComponentProvider usual;

    PulledReaders(ComponentProvider usual) {
      this.usual = usual;
    }

    @Override
    public Class<?> getType() {
      return usual.getType();
    }

    @Override
    public String getName() {
      return usual.getName();
    }

    @Override
    public Object create(DeclarativeConfigProperties config) {
      return exporters.pulled((MetricReader) usual.create(config), metrics.nextPulled());
    }
  }
}
