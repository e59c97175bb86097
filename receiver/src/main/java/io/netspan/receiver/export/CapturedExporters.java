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
 * The exporters that the SDK configures, in its order. Those of spans are taken away from it, since
 * spans of sockets do not pass its tracer; those of metrics stay with its readers, and are counted.
 */
final class CapturedExporters {
  private final MetricResources resources;
  private final List<CountingSpanExporter> spans = new ArrayList<>();
  private final List<ExportCounts> points = new ArrayList<>();

  /**
   * None yet.
   *
   * @param resources of the points of metrics
   */
  CapturedExporters(MetricResources resources) {
    this.resources = resources;
  }

  /** Takes it; what the SDK gets instead exports nothing. */
  SpanExporter spans(SpanExporter exporter, @Nullable ClientTls tls) {
    spans.add(
        new CountingSpanExporter(OtlpExporters.copy(exporter, tls), new ExportCounts("spans")));
    return new Placeholder();
  }

  /** The same exporter, counted. */
  MetricExporter metrics(MetricExporter exporter, @Nullable ClientTls tls) {
    ExportCounts counts = new ExportCounts("data points of metrics");
    points.add(counts);
    return new ResourceMetricExporter(
        new CountingMetricExporter(OtlpExporters.copy(exporter, tls), counts), resources);
  }

  List<CountingSpanExporter> spans() {
    return List.copyOf(spans);
  }

  /** What becomes of data points, by exporter. */
  List<ExportCounts> points() {
    return List.copyOf(points);
  }

  /** For when the SDK could not be built after all. */
  void close() {
    spans.forEach(SpanExporter::shutdown);
  }

  /** Never gets a span. */
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
