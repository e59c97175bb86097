package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.MetricExporter;

/** Leaves all but the export itself to another exporter. */
abstract class DelegatingMetricExporter implements MetricExporter {
  final MetricExporter exporter;

  DelegatingMetricExporter(MetricExporter exporter) {
    this.exporter = exporter;
  }

  @Override
  public final AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
    return exporter.getAggregationTemporality(instrumentType);
  }

  @Override
  public final Aggregation getDefaultAggregation(InstrumentType instrumentType) {
    return exporter.getDefaultAggregation(instrumentType);
  }

  @Override
  public final MemoryMode getMemoryMode() {
    return exporter.getMemoryMode();
  }

  @Override
  public final CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public final CompletableResultCode shutdown() {
    return exporter.shutdown();
  }

  @Override
  public final String toString() {
    return exporter.toString();
  }
}
