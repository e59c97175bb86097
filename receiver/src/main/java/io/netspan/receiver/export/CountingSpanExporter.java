package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;

/** Counts how many spans are exported, rejected, or fail. */
final class CountingSpanExporter implements SpanExporter {
  private final SpanExporter exporter;
  private final ExportCounts counts;

  CountingSpanExporter(SpanExporter exporter, ExportCounts counts) {
    this.exporter = exporter;
    this.counts = counts;
  }

  ExportCounts counts() {
    return counts;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    return counts.count(spans.size(), () -> exporter.export(spans));
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public String toString() {
    return exporter.toString();
  }
}
