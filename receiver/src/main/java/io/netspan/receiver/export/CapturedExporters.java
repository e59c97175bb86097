package io.netspan.receiver.export;

import io.netspan.config.ClientTls;
import io.netspan.receiver.telemetry.MetricResources;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The exporters that the SDK configures, in its order. Exporters of spans are taken from the SDK,
 * since spans of sockets do not pass its tracer. Exporters of metrics stay with its readers, and
 * their data points are counted.
 */
final class CapturedExporters {
  private final MetricResources resources;
  private final long backlogBytes;
  private final List<CountingSpanExporter> spans = new ArrayList<>();
  private final List<ExportCounts> points = new ArrayList<>();

  /**
   * Creates an empty collection.
   *
   * @param resources the Resources of data points
   * @param backlogBytes the bytes of requests that may wait for the backend of an exporter
   */
  CapturedExporters(MetricResources resources, long backlogBytes) {
    this.resources = resources;
    this.backlogBytes = backlogBytes;
  }

  /** Takes the exporter and returns one for the SDK that exports nothing. */
  SpanExporter spans(SpanExporter exporter, @Nullable ClientTls tls) {
    ExportCounts counts = new ExportCounts("spans");
    spans.add(
        new CountingSpanExporter(
            OtlpExporters.copy(exporter, renewed(tls), new DeliverySettings(counts, backlogBytes)),
            counts));
    return new Placeholder();
  }

  /** Wraps an exporter so that its data points are counted. */
  MetricExporter metrics(MetricExporter exporter, @Nullable ClientTls tls) {
    ExportCounts counts = new ExportCounts("data points of metrics");
    points.add(counts);
    return new ResourceMetricExporter(
        new CountingMetricExporter(
            OtlpExporters.copy(exporter, renewed(tls), new DeliverySettings(counts, backlogBytes)),
            counts),
        resources);
  }

  private static @Nullable RenewedTls renewed(@Nullable ClientTls tls) {
    return tls == null ? null : new RenewedTls(tls);
  }

  List<CountingSpanExporter> spans() {
    return List.copyOf(spans);
  }

  /** The counts of data points, one for each exporter. */
  List<ExportCounts> points() {
    return List.copyOf(points);
  }

  /** Shuts the exporters of spans down if the SDK could not be built. */
  void close() {
    spans.forEach(SpanExporter::shutdown);
  }

  /** Takes the place of an exporter in the SDK, and never gets a span. */
  private static final class Placeholder implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }
}
