package io.netspan.it;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.util.List;

/** Rewrites the points of metrics of any kind. */
final class MetricPoints {
  private MetricPoints() {}

  /** Adds these attributes to each point. */
  static Metric with(Metric metric, List<KeyValue> attributes) {
    Metric.Builder to = metric.toBuilder();
    switch (metric.getDataCase()) {
      case SUM ->
          to.getSumBuilder()
              .getDataPointsBuilderList()
              .forEach(point -> point.addAllAttributes(attributes));
      case GAUGE ->
          to.getGaugeBuilder()
              .getDataPointsBuilderList()
              .forEach(point -> point.addAllAttributes(attributes));
      case HISTOGRAM ->
          to.getHistogramBuilder()
              .getDataPointsBuilderList()
              .forEach(point -> point.addAllAttributes(attributes));
      case EXPONENTIAL_HISTOGRAM ->
          to.getExponentialHistogramBuilder()
              .getDataPointsBuilderList()
              .forEach(point -> point.addAllAttributes(attributes));
      default -> throw new IllegalArgumentException("points of " + metric.getDataCase());
    }
    return to.build();
  }

  /** Merges the points of two metrics that are otherwise equal. */
  static Metric merge(Metric first, Metric second) {
    Metric.Builder to = first.toBuilder();
    switch (first.getDataCase()) {
      case SUM -> to.getSumBuilder().addAllDataPoints(second.getSum().getDataPointsList());
      case GAUGE -> to.getGaugeBuilder().addAllDataPoints(second.getGauge().getDataPointsList());
      case HISTOGRAM ->
          to.getHistogramBuilder().addAllDataPoints(second.getHistogram().getDataPointsList());
      case EXPONENTIAL_HISTOGRAM ->
          to.getExponentialHistogramBuilder()
              .addAllDataPoints(second.getExponentialHistogram().getDataPointsList());
      default -> throw new IllegalArgumentException("points of " + first.getDataCase());
    }
    return to.build();
  }
}
