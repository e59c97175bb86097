package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Counts how many data points of metrics are exported, rejected, or fail. Sends them in as many
 * requests as needed, since the names in them are chosen by others and a request that is too large
 * is refused each time.
 */
final class CountingMetricExporter extends DelegatingMetricExporter {
  private final ExportCounts counts;

  CountingMetricExporter(MetricExporter exporter, ExportCounts counts) {
    super(exporter);
    this.counts = counts;
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    List<CompletableResultCode> results = new ArrayList<>();
    export(List.copyOf(metrics), results);
    return CompletableResultCode.ofAll(results);
  }

  private void export(List<MetricData> metrics, List<CompletableResultCode> results) {
    long points = 0;
    for (MetricData metric : metrics) {
      points += metric.getData().getPoints().size();
    }
    if (points > 1 && MetricSize.atMost(metrics) > EncodedSpanExporter.MOST_BYTES) {
      MetricParts.halves(metrics).forEach(half -> export(half, results));
      return;
    }
    results.add(counts.count(points, () -> exporter.export(metrics)));
  }
}
