package io.netspan.it;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The metrics of one collection. */
record ReceivedMetrics(List<Metric> metrics) {

  /**
   * Returns the sum of a counter's points with all these attributes, each {@code name=value}; 0 if
   * there are none.
   */
  long sum(String name, String... attributes) {
    return points(name, attributes).mapToLong(NumberDataPoint::getAsInt).sum();
  }

  /** Returns the sums by the values of one attribute, without sums of 0. */
  Map<String, Long> sums(String name, String by, String... attributes) {
    Map<String, Long> sums =
        points(name, attributes)
            .collect(
                Collectors.groupingBy(
                    point -> value(point.getAttributesList(), by),
                    TreeMap::new,
                    Collectors.summingLong(NumberDataPoint::getAsInt)));
    sums.values().removeIf(sum -> sum == 0);
    return sums;
  }

  /** Returns the count of a histogram with all these attributes. */
  long count(String name, String... attributes) {
    return metrics.stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getExponentialHistogram().getDataPointsList().stream())
        .filter(point -> hasAll(point.getAttributesList(), attributes))
        .mapToLong(ExponentialHistogramDataPoint::getCount)
        .sum();
  }

  private Stream<NumberDataPoint> points(String name, String... attributes) {
    return metrics.stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(
            metric ->
                Stream.concat(
                    metric.getSum().getDataPointsList().stream(),
                    metric.getGauge().getDataPointsList().stream()))
        .filter(point -> hasAll(point.getAttributesList(), attributes));
  }

  private static boolean hasAll(List<KeyValue> point, String... attributes) {
    return Stream.of(attributes)
        .map(attribute -> attribute.split("=", 2))
        .allMatch(pair -> value(point, pair[0]).equals(pair[1]));
  }

  private static String value(List<KeyValue> attributes, String name) {
    return attributes.stream()
        .filter(attribute -> attribute.getKey().equals(name))
        .map(KeyValue::getValue)
        .map(
            any ->
                any.getValueCase() == AnyValue.ValueCase.INT_VALUE
                    ? Long.toString(any.getIntValue())
                    : any.getStringValue())
        .findFirst()
        .orElse("");
  }
}
