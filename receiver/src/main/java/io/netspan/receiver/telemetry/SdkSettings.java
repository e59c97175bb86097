package io.netspan.receiver.telemetry;

import io.netspan.config.ConfigException;
import io.netspan.config.ExporterSelection;
import io.netspan.config.Signal;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdkBuilder;
import io.opentelemetry.sdk.autoconfigure.internal.AutoConfigureUtil;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Builds the SDK by the standard variables, and keeps what it was built of. One use, one thread.
 */
final class SdkSettings {
  /** The SDK's own, if nothing is said. */
  private static final int QUEUE_SIZE = 2_048;

  private static final Pattern PROPERTY = Pattern.compile("\\botel(?:\\.[a-z0-9_]+)+");

  private final ExporterSelection selection;
  private final UnaryOperator<Attributes> own;
  final Map<Signal, ExportCounts> counts = new EnumMap<>(Signal.class);
  final List<SpanProcessor> processors = new ArrayList<>();
  Attributes resource = Attributes.empty();
  ConnectionSampler sampler = ConnectionSampler.of(Sampler.alwaysOn(), 1);
  SpanLimits limits = SpanLimits.getDefault();
  int queueSize = QUEUE_SIZE;
  private @Nullable Integer eventAttributes;

  SdkSettings(ExporterSelection selection, UnaryOperator<Attributes> own) {
    this.selection = selection;
    this.own = own;
  }

  /**
   * Builds it.
   *
   * @throws ConfigException if the SDK refuses a setting
   */
  OpenTelemetrySdk build() {
    // Looked at before any property that is set here. Empty, it is none.
    System.setProperty("otel.config.file", "");
    AutoConfiguredOpenTelemetrySdkBuilder builder =
        AutoConfiguredOpenTelemetrySdk.builder()
            .disableShutdownHook()
            .addPropertiesSupplier(selection::defaults)
            .addPropertiesCustomizer(this::overrides)
            .addResourceCustomizer((configured, _) -> resource(configured))
            .addSamplerCustomizer(this::sampler)
            .addSpanExporterCustomizer((exporter, _) -> spans(exporter))
            .addMetricExporterCustomizer((exporter, _) -> metrics(exporter))
            .addSpanProcessorCustomizer(this::processor);
    AutoConfigureUtil.setConfigPropertiesCustomizer(
        builder, all -> new SdkProperties(all, selection.hidden()));
    try {
      OpenTelemetrySdk sdk = builder.build().getOpenTelemetrySdk();
      limits = limits(sdk.getSdkTracerProvider().getSpanLimits());
      return sdk;
    } catch (ConfigurationException e) {
      throw new ConfigException(List.of("OpenTelemetry's environment variables: " + reasons(e)));
    }
  }

  /** An empty value does not put our default out of force. */
  private Map<String, String> overrides(ConfigProperties configured) {
    Map<String, String> all = new HashMap<>(selection.overrides());
    selection
        .defaults()
        .forEach(
            (name, value) -> {
              if (configured.getString(name, "").isBlank()) {
                all.put(name, value);
              }
            });
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

  private SpanExporter spans(SpanExporter exporter) {
    ExportCounts all = new ExportCounts("spans");
    counts.put(Signal.TRACES, all);
    SpanExporter encrypted =
        selection.tls(Signal.TRACES).map(tls -> BackendTls.with(tls, exporter)).orElse(exporter);
    return new CountingSpanExporter(encrypted, all);
  }

  private MetricExporter metrics(MetricExporter exporter) {
    ExportCounts all = new ExportCounts("data points of metrics");
    counts.put(Signal.METRICS, all);
    MetricExporter encrypted =
        selection.tls(Signal.METRICS).map(tls -> BackendTls.with(tls, exporter)).orElse(exporter);
    return new CountingMetricExporter(encrypted, all);
  }

  private SpanProcessor processor(SpanProcessor processor, ConfigProperties properties) {
    processors.add(processor);
    queueSize = properties.getInt("otel.bsp.max.queue.size", QUEUE_SIZE);
    return processor;
  }

  /** The SDK knows all limits of the specification but one. */
  private SpanLimits limits(SpanLimits known) {
    return eventAttributes == null
        ? known
        : known.toBuilder().setMaxNumberOfAttributesPerEvent(eventAttributes).build();
  }

  /** Of all of the SDK's messages, the innermost has the reason. */
  private static String reasons(Throwable thrown) {
    List<String> all = new ArrayList<>();
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      String message = each.getMessage();
      if (message != null && !message.equals("Unexpected configuration error")) {
        all.add(message);
      }
    }
    String text = all.isEmpty() ? thrown.toString() : String.join(": ", all);
    return PROPERTY
        .matcher(text)
        .replaceAll(name -> name.group().toUpperCase(Locale.ROOT).replace('.', '_'));
  }
}
