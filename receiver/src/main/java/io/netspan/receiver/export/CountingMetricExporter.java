package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.util.Collection;

/** Counts how many data points of metrics are exported, rejected, or fail. */
final class CountingMetricExporter extends DelegatingMetricExporter {
  private final ExportCounts counts;

  CountingMetricExporter(MetricExporter exporter, ExportCounts counts) {
    super(exporter);
    this.counts = counts;
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    long points = 0;
    for (MetricData metric : metrics) {
      points += metric.getData().getPoints().size();
    }
    return counts.count(points, () -> exporter.export(metrics));
  }
}
