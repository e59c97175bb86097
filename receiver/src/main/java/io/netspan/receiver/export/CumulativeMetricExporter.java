package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import java.util.Collection;
import java.util.List;

/**
 * Exports cumulative points to a backend that wants them, while the SDK makes deltas, see {@link
 * Cumulation}.
 */
final class CumulativeMetricExporter implements MetricExporter {
  private final MetricExporter exporter;
  private final Cumulation cumulation;

  private CumulativeMetricExporter(MetricExporter exporter, Cumulation cumulation) {
    this.exporter = exporter;
    this.cumulation = cumulation;
  }

  /** An exporter for the SDK; the same one if that wants deltas. */
  static MetricExporter of(MetricExporter exporter, Cumulation cumulation) {
    return exporter.getAggregationTemporality(InstrumentType.COUNTER)
            == AggregationTemporality.CUMULATIVE
        ? new CumulativeMetricExporter(exporter, cumulation)
        : exporter;
  }

  /** What the SDK makes for a reader that wants cumulative points of all instruments. */
  static AggregationTemporality temporality(InstrumentType instrument) {
    return switch (instrument) {
      case COUNTER, HISTOGRAM -> AggregationTemporality.DELTA;
      // The SDK keeps nothing of an observable instrument.
      case OBSERVABLE_COUNTER,
          OBSERVABLE_GAUGE,
          OBSERVABLE_UP_DOWN_COUNTER,
          UP_DOWN_COUNTER,
          GAUGE ->
          AggregationTemporality.CUMULATIVE;
    };
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    CompletableResultCode result = exporter.export(cumulation.add(metrics));
    result.whenComplete(
        () -> {
          if (!result.isSuccess()) {
            cumulation.notExported();
          }
        });
    return result;
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
    return temporality(instrumentType);
  }

  @Override
  public Aggregation getDefaultAggregation(InstrumentType instrumentType) {
    return exporter.getDefaultAggregation(instrumentType);
  }

  /** The other mode would keep what the SDK has recorded of sets that are not used any more. */
  @Override
  public MemoryMode getMemoryMode() {
    return MemoryMode.IMMUTABLE_DATA;
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    List<MetricData> last = cumulation.unexported(Clock.getDefault().now());
    if (last.isEmpty()) {
      return exporter.shutdown();
    }
    CompletableResultCode result = new CompletableResultCode();
    CompletableResultCode exported = exporter.export(last);
    exported.whenComplete(
        () -> {
          CompletableResultCode shutDown = exporter.shutdown();
          shutDown.whenComplete(
              () -> {
                if (exported.isSuccess() && shutDown.isSuccess()) {
                  result.succeed();
                } else {
                  result.fail();
                }
              });
        });
    return result;
  }

  @Override
  public String toString() {
    return exporter.toString();
  }
}
