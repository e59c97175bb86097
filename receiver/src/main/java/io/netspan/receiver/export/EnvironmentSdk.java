package io.netspan.receiver.export;

import io.netspan.config.BatchSettings;
import io.netspan.config.ClientTls;
import io.netspan.config.ConfigException;
import io.netspan.config.MetricSettings;
import io.netspan.config.Signal;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.telemetry.ConnectionSampler;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.autoconfigure.internal.AutoConfigureUtil;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Builds the SDK from the standard environment variables. Used once, by one thread. */
final class EnvironmentSdk {
  private static final String DISABLED_PROVIDERS = "otel.java.disabled.resource.providers";

  /**
   * Comes with the library that reads configuration files, and generates a new {@code
   * service.instance.id} at each start.
   */
  private static final String RANDOM_INSTANCE =
      "io.opentelemetry.sdk.extension.incubator.resources.ServiceInstanceIdResourceProvider";

  /** How the SDK's reason begins. */
  private static final String NO_SERVER = "Could not create Prometheus HTTP server: ";

  private final ExporterSelection selection;
  private final UnaryOperator<Attributes> own;
  private final CapturedExporters exporters;
  private Attributes resource = Attributes.empty();
  private ConnectionSampler sampler = ConnectionSampler.of(Sampler.alwaysOn(), 1);
  private BatchSettings batch = BatchSettings.DEFAULTS;
  private @Nullable Integer eventAttributes;
  private String scraped = "";

  EnvironmentSdk(
      ExporterSelection selection, UnaryOperator<Attributes> own, CapturedExporters exporters) {
    this.exporters = exporters;
    this.selection = selection;
    this.own = own;
  }

  /**
   * Builds the SDK.
   *
   * @throws ConfigException if the SDK refuses a setting
   */
  BuiltSdk build() {
    AutoConfiguredOpenTelemetrySdkBuilder builder =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(selection::defaults)
            .addPropertiesCustomizer(this::overrides)
            .addResourceCustomizer((configured, _) -> resource(configured))
            .addSamplerCustomizer(this::sampler)
            .addSpanExporterCustomizer((exporter, _) -> spans(exporter))
            .addMetricExporterCustomizer(this::metrics)
            .addMetricReaderCustomizer(this::reader)
            .addSpanProcessorCustomizer(this::processor);
    AutoConfigureUtil.setConfigPropertiesCustomizer(
        builder, all -> new SdkProperties(all, selection.hidden()));
    try {
      return built(builder.build().getOpenTelemetrySdk());
    } catch (ConfigurationException e) {
      exporters.close();
      throw new ConfigException(List.of(problem(SdkRefusal.reasons(e))));
    }
  }

  private String problem(String reasons) {
    return reasons.startsWith(NO_SERVER)
        ? "OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT are "
            + scraped
            + ": metrics cannot be offered there ("
            + reasons.substring(NO_SERVER.length())
            + "); write another host or port"
        : "OpenTelemetry's environment variables: " + reasons;
  }

  private BuiltSdk built(OpenTelemetrySdk sdk) {
    List<EncodedSpanExporter> spans = exporters.spans();
    return new BuiltSdk(
        sdk,
        spans.stream().map(exporter -> SpanBatcher.start(exporter, batch)).toList(),
        spans.stream().map(EncodedSpanExporter::counts).toList(),
        exporters.points(),
        exporters.isPulled(),
        resource,
        sampler,
        limits(sdk.getSdkTracerProvider().getSpanLimits()),
        List.of());
  }

  private SpanExporter spans(SpanExporter exporter) {
    SpanExporter captured = exporters.spans(exporter, tls(Signal.TRACES));
    exporter.shutdown();
    return captured;
  }

  private MetricExporter metrics(MetricExporter exporter, ConfigProperties properties) {
    MetricExporter captured = exporters.metrics(exporter, tls(Signal.METRICS), limits(properties));
    exporter.shutdown();
    return captured;
  }

  private MetricReader reader(MetricReader reader, ConfigProperties properties) {
    return reader instanceof PeriodicMetricReader
        ? reader // Its exporter is wrapped.
        : exporters.pulled(reader, limits(properties));
  }

  private static StreamLimits limits(ConfigProperties properties) {
    return StreamLimits.of(
        properties.getInt(
            "otel.java.metrics.cardinality.limit", MetricSettings.DEFAULTS.cardinalityLimit()));
  }

  private @Nullable ClientTls tls(Signal signal) {
    return selection.tls(signal).orElse(null);
  }

  /** Our defaults for what is not configured; an empty value counts as not configured. */
  private Map<String, String> overrides(ConfigProperties configured) {
    scraped =
        configured.getString("otel.exporter.prometheus.host", "localhost")
            + " and "
            + configured.getInt("otel.exporter.prometheus.port", 9464);
    Map<String, String> all = new HashMap<>(selection.overrides());
    selection
        .defaults()
        .forEach(
            (name, value) -> {
              if (configured.getString(name, "").isBlank()) {
                all.put(name, value);
              }
            });
    String disabled = configured.getString(DISABLED_PROVIDERS, "");
    all.put(
        DISABLED_PROVIDERS,
        disabled.isBlank() ? RANDOM_INSTANCE : disabled + "," + RANDOM_INSTANCE);
    return all;
  }

  private Resource resource(Resource configured) {
    Resource all = Resource.create(own.apply(configured.getAttributes())).merge(configured);
    resource = all.getAttributes();
    return all;
  }

  private Sampler sampler(Sampler configured, ConfigProperties properties) {
    sampler = ConnectionSampler.of(configured, properties.getDouble("otel.traces.sampler.arg", 1));
    eventAttributes = properties.getInt("otel.event.attribute.count.limit");
    return configured;
  }

  /** Shuts the SDK's own processor down, which has a thread; {@link SpanBatcher} replaces it. */
  private SpanProcessor processor(SpanProcessor processor, ConfigProperties properties) {
    BatchSettings fallback = BatchSettings.DEFAULTS;
    batch =
        new BatchSettings(
            properties.getDuration("otel.bsp.schedule.delay", fallback.scheduleDelay()),
            properties.getInt("otel.bsp.max.queue.size", fallback.maxQueueSize()),
            properties.getInt("otel.bsp.max.export.batch.size", fallback.maxExportBatchSize()));
    processor.shutdown();
    return SpanProcessor.composite();
  }

  /** Adds the one limit of the specification that the SDK does not read. */
  private SpanLimits limits(SpanLimits known) {
    return eventAttributes == null
        ? known
        : known.toBuilder().setMaxNumberOfAttributesPerEvent(eventAttributes).build();
  }
}
