package io.netspan.receiver.export;

import static java.util.Objects.requireNonNull;

import io.netspan.receiver.telemetry.MetricResources;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A metric made from points of another one. The components have the names of {@link MetricData}'s
 * methods and so implement them.
 */
record MetricParts(
    Resource getResource,
    InstrumentationScopeInfo getInstrumentationScopeInfo,
    String getName,
    String getDescription,
    String getUnit,
    MetricDataType getType,
    Data<?> getData)
    implements MetricData {

  /** A metric as another one, with other points. */
  static MetricParts of(MetricData metric, Resource resource, Data<?> data) {
    return new MetricParts(
        resource,
        metric.getInstrumentationScopeInfo(),
        metric.getName(),
        metric.getDescription(),
        metric.getUnit(),
        metric.getType(),
        data);
  }

  /** Splits the metric into one part for each Resource of its points. */
  static void split(MetricData metric, MetricResources resources, Consumer<MetricData> to) {
    if (metric.getType() == MetricDataType.SUMMARY) {
      to.accept(metric); // No instrument produces a summary.
      return;
    }
    Map<Resource, List<PointData>> byResource = new LinkedHashMap<>();
    for (PointData point : metric.getData().getPoints()) {
      Resource known = resource(point, resources);
      byResource
          .computeIfAbsent(known == null ? metric.getResource() : known, _ -> new ArrayList<>())
          .add(known == null ? point : without(point, known));
    }
    byResource.forEach(
        (resource, points) ->
            to.accept(of(metric, resource, data(metric, points, temporality(metric)))));
  }

  /** The first and the second half of the metrics; of a single one, of its points. */
  static List<List<MetricData>> halves(List<MetricData> metrics) {
    int middle = metrics.size() / 2;
    if (middle > 0) {
      return List.of(metrics.subList(0, middle), metrics.subList(middle, metrics.size()));
    }
    MetricData metric = metrics.getFirst();
    List<PointData> points = List.copyOf(metric.getData().getPoints());
    int half = points.size() / 2;
    return List.of(
        List.of(with(metric, points.subList(0, half))),
        List.of(with(metric, points.subList(half, points.size()))));
  }

  private static MetricData with(MetricData metric, List<PointData> points) {
    return of(metric, metric.getResource(), data(metric, points, temporality(metric)));
  }

  /** The temporality of the metric's points; null if they have none. */
  static @Nullable AggregationTemporality temporality(MetricData metric) {
    return switch (metric.getType()) {
      case LONG_SUM -> metric.getLongSumData().getAggregationTemporality();
      case DOUBLE_SUM -> metric.getDoubleSumData().getAggregationTemporality();
      case HISTOGRAM -> metric.getHistogramData().getAggregationTemporality();
      case EXPONENTIAL_HISTOGRAM ->
          metric.getExponentialHistogramData().getAggregationTemporality();
      case LONG_GAUGE, DOUBLE_GAUGE, SUMMARY -> null;
    };
  }

  /** Data as that of the metric, with other points, which are of the same type. */
  static Data<?> data(
      MetricData metric, List<PointData> points, @Nullable AggregationTemporality temporality) {
    return switch (metric.getType()) {
      case LONG_GAUGE -> GaugeData.createLongGaugeData(all(LongPointData.class, points));
      case DOUBLE_GAUGE -> GaugeData.createDoubleGaugeData(all(DoublePointData.class, points));
      case LONG_SUM ->
          SumData.createLongSumData(
              metric.getLongSumData().isMonotonic(),
              requireNonNull(temporality),
              all(LongPointData.class, points));
      case DOUBLE_SUM ->
          SumData.createDoubleSumData(
              metric.getDoubleSumData().isMonotonic(),
              requireNonNull(temporality),
              all(DoublePointData.class, points));
      case HISTOGRAM ->
          HistogramData.create(requireNonNull(temporality), all(HistogramPointData.class, points));
      case EXPONENTIAL_HISTOGRAM ->
          ExponentialHistogramData.create(
              requireNonNull(temporality), all(ExponentialHistogramPointData.class, points));
      case SUMMARY -> metric.getData();
    };
  }

  private static <P extends PointData> List<P> all(Class<P> type, List<PointData> points) {
    return points.stream().map(type::cast).toList();
  }

  private static PointData without(PointData point, Resource resource) {
    return switch (point) {
      case LongPointData of -> without(of, resource);
      case DoublePointData of -> without(of, resource);
      case HistogramPointData of -> without(of, resource);
      case ExponentialHistogramPointData of -> without(of, resource);
      default -> point;
    };
  }

  private static @Nullable Resource resource(PointData point, MetricResources resources) {
    String id = point.getAttributes().get(MetricResources.INSTANCE_ID);
    return id == null ? null : resources.of(id);
  }

  /** Removes the attributes of a point that its Resource has with the same value. */
  private static Attributes without(Attributes attributes, Resource resource) {
    return attributes.toBuilder()
        .removeIf(key -> Objects.equals(attributes.get(key), resource.getAttribute(key)))
        .build();
  }

  private static LongPointData without(LongPointData point, Resource resource) {
    return LongPointData.create(
        point.getStartEpochNanos(),
        point.getEpochNanos(),
        without(point.getAttributes(), resource),
        point.getValue());
  }

  private static DoublePointData without(DoublePointData point, Resource resource) {
    return DoublePointData.create(
        point.getStartEpochNanos(),
        point.getEpochNanos(),
        without(point.getAttributes(), resource),
        point.getValue(),
        point.getExemplars());
  }

  private static HistogramPointData without(HistogramPointData point, Resource resource) {
    return HistogramPointData.create(
        point.getStartEpochNanos(),
        point.getEpochNanos(),
        without(point.getAttributes(), resource),
        point.getSum(),
        point.hasMin(),
        point.getMin(),
        point.hasMax(),
        point.getMax(),
        point.getBoundaries(),
        point.getCounts());
  }

  private static ExponentialHistogramPointData without(
      ExponentialHistogramPointData point, Resource resource) {
    return ExponentialHistogramPointData.create(
        point.getScale(),
        point.getSum(),
        point.getZeroCount(),
        point.hasMin(),
        point.getMin(),
        point.hasMax(),
        point.getMax(),
        point.getPositiveBuckets(),
        point.getNegativeBuckets(),
        point.getStartEpochNanos(),
        point.getEpochNanos(),
        without(point.getAttributes(), resource),
        point.getExemplars());
  }
}
