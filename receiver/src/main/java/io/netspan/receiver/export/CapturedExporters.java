package io.netspan.receiver.export;

import io.netspan.config.ClientTls;
import io.netspan.receiver.telemetry.MetricResources;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
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
  private final Duration seriesIdle;
  private final List<EncodedSpanExporter> spans = new ArrayList<>();
  private final List<ExportCounts> points = new ArrayList<>();
  private boolean pulled;

  /**
   * Creates an empty collection.
   *
   * @param resources the Resources of data points
   * @param backlogBytes the bytes of requests that may wait for the backend of an exporter
   * @param seriesIdle see {@link Cumulation}
   */
  CapturedExporters(MetricResources resources, long backlogBytes, Duration seriesIdle) {
    this.resources = resources;
    this.backlogBytes = backlogBytes;
    this.seriesIdle = seriesIdle;
  }

  /** Takes the exporter and returns one for the SDK that exports nothing. */
  SpanExporter spans(SpanExporter exporter, @Nullable ClientTls tls) {
    ExportCounts counts = new ExportCounts("spans");
    spans.add(
        OtlpExporters.copy(exporter, renewed(tls), new DeliverySettings(counts, backlogBytes)));
    return new Placeholder();
  }

  /** Wraps an exporter so that its data points have their Resources and are counted. */
  MetricExporter metrics(MetricExporter exporter, @Nullable ClientTls tls, StreamLimits limits) {
    ExportCounts counts = new ExportCounts("data points of metrics");
    points.add(counts);
    return CumulativeMetricExporter.of(
        new ResourceMetricExporter(
            new CountingMetricExporter(
                OtlpExporters.copy(
                    exporter, renewed(tls), new DeliverySettings(counts, backlogBytes)),
                counts),
            resources),
        cumulation(limits));
  }

  private static @Nullable RenewedTls renewed(@Nullable ClientTls tls) {
    return tls == null ? null : new RenewedTls(tls);
  }

  /** Wraps a reader that is asked for its metrics, and exports nothing by itself. */
  MetricReader pulled(MetricReader reader, StreamLimits limits) {
    pulled = true;
    return new CumulativeMetricReader(reader, cumulation(limits));
  }

  private Cumulation cumulation(StreamLimits limits) {
    return new Cumulation(seriesIdle, limits, System::nanoTime);
  }

  List<EncodedSpanExporter> spans() {
    return List.copyOf(spans);
  }

  /** Whether there is a reader that is asked for its metrics. */
  boolean isPulled() {
    return pulled;
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
