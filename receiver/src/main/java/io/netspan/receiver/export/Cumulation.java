package io.netspan.receiver.export;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Adds the delta points of counters and histograms up to cumulative ones, for one reader. The SDK
 * can do that too, but keeps each set of attributes for ever, and exports a new one with its first
 * value. Here
 *
 * <ul>
 *   <li>a set in which nothing was counted for a while is forgotten. If something is counted in it
 *       later, it is a new series with a later start.
 *   <li>a new series is exported as 0 the first time, and with its value the next time. Otherwise
 *       {@code increase()} of Prometheus, which cannot know that there was nothing before, would
 *       miss the first value.
 * </ul>
 *
 * <p>Views and the choice of aggregations apply before, in the SDK. May be used by any thread.
 */
final class Cumulation {
  private static final Attributes OVERFLOW =
      Attributes.of(AttributeKey.booleanKey("otel.metric.overflow"), true);

  private final long idleNs;
  private final StreamLimits limits;
  private final LongSupplier clock;
  private final Map<Key, Metric> metrics = new LinkedHashMap<>();
  private long lastEpochNs;

  /** What distinguishes metrics; a view can give one instrument several of them. */
  private record Key(
      InstrumentationScopeInfo scope, String name, String unit, MetricDataType type) {}

  /** The points of one metric, and a metric like it that has none. */
  private static final class Metric {
    private final Map<Attributes, Sum> sums = new HashMap<>();
    private final MetricData header;

    Metric(MetricData first) {
      header =
          MetricParts.of(
              first,
              first.getResource(),
              MetricParts.data(first, List.of(), AggregationTemporality.CUMULATIVE));
    }
  }

  /** The points of one set of attributes. */
  private static final class Sum {
    private final CumulativePoint point;
    private final PointData zero;
    private long changedNs;

    /** When it was exported as 0; 0 before. */
    private long begunEpochNs;

    Sum(CumulativePoint point, PointData zero, long nowNs) {
      this.point = point;
      this.zero = zero;
      this.changedNs = nowNs;
    }
  }

  /**
   * Creates a cumulation without points.
   *
   * @param idle how long a series stays to which nothing is added; 0: without end
   * @param clock as {@link System#nanoTime}
   */
  Cumulation(Duration idle, StreamLimits limits, LongSupplier clock) {
    this.idleNs = idle.isZero() ? Long.MAX_VALUE : idle.toNanos();
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Adds what a reader has collected.
   *
   * @return all metrics: those that were no deltas as they are, and the sums of all deltas until
   *     now, also of those metrics that had none this time
   */
  synchronized List<MetricData> add(Collection<MetricData> collected) {
    long nowNs = clock.getAsLong();
    lastEpochNs = epochNs(collected);
    List<MetricData> all = new ArrayList<>(collected.size());
    for (MetricData metric : collected) {
      if (MetricParts.temporality(metric) == AggregationTemporality.DELTA) {
        add(metric, nowNs);
      } else {
        all.add(metric);
      }
    }
    for (Metric metric : metrics.values()) {
      List<PointData> points = points(metric, nowNs);
      if (!points.isEmpty()) {
        all.add(cumulative(metric, points));
      }
    }
    return all;
  }

  /** The time of the collection, which all of its points have. */
  private long epochNs(Collection<MetricData> collected) {
    long epochNs =
        collected.stream()
            .flatMap(metric -> metric.getData().getPoints().stream())
            .mapToLong(PointData::getEpochNanos)
            .findFirst()
            .orElseGet(Clock.getDefault()::now);
    return Math.max(lastEpochNs + 1, epochNs);
  }

  private void add(MetricData metric, long nowNs) {
    Key key =
        new Key(
            metric.getInstrumentationScopeInfo(),
            metric.getName(),
            metric.getUnit(),
            metric.getType());
    Metric known = metrics.computeIfAbsent(key, _ -> new Metric(metric));
    for (PointData delta : metric.getData().getPoints()) {
      Sum sum = sum(known, delta, nowNs);
      if (sum.point.add(delta)) {
        sum.changedNs = nowNs;
      }
    }
  }

  private Sum sum(Metric metric, PointData delta, long nowNs) {
    Attributes attributes = delta.getAttributes();
    Sum sum = metric.sums.get(attributes);
    if (sum != null) {
      return sum;
    }
    int others = metric.sums.size() - (metric.sums.containsKey(OVERFLOW) ? 1 : 0);
    if (others >= limits.mostSeries(metric.header) - 1) {
      attributes = OVERFLOW;
    }
    return metric.sums.computeIfAbsent(attributes, of -> begin(metric, delta, of, nowNs));
  }

  private Sum begin(Metric metric, PointData delta, Attributes attributes, long nowNs) {
    CumulativePoint point = CumulativePoint.like(delta, limits.mostBuckets(metric.header));
    return new Sum(point, point.at(delta.getStartEpochNanos(), lastEpochNs, attributes), nowNs);
  }

  private List<PointData> points(Metric metric, long nowNs) {
    List<PointData> points = new ArrayList<>(metric.sums.size());
    for (Iterator<Map.Entry<Attributes, Sum>> it = metric.sums.entrySet().iterator();
        it.hasNext(); ) {
      Map.Entry<Attributes, Sum> entry = it.next();
      Sum sum = entry.getValue();
      if (nowNs - sum.changedNs > idleNs) {
        it.remove();
      } else if (sum.begunEpochNs != 0) {
        points.add(value(entry.getKey(), sum, lastEpochNs));
      } else {
        sum.begunEpochNs = lastEpochNs;
        points.add(sum.zero);
      }
    }
    return points;
  }

  private static PointData value(Attributes attributes, Sum sum, long epochNs) {
    return sum.point.at(sum.zero.getStartEpochNanos(), epochNs, attributes);
  }

  private static MetricData cumulative(Metric metric, List<PointData> points) {
    return MetricParts.of(
        metric.header,
        metric.header.getResource(),
        MetricParts.data(metric.header, points, AggregationTemporality.CUMULATIVE));
  }

  /** The last export failed: series that began in it begin again in the next one. */
  synchronized void notExported() {
    for (Metric metric : metrics.values()) {
      for (Sum sum : metric.sums.values()) {
        if (sum.begunEpochNs == lastEpochNs) {
          sum.begunEpochNs = 0;
        }
      }
    }
  }

  /**
   * The values of the series that were only exported as 0 so far. Called before the reader ends,
   * since they will not be collected again.
   *
   * @param epochNs the current time
   */
  synchronized List<MetricData> unexported(long epochNs) {
    List<MetricData> all = new ArrayList<>();
    for (Metric metric : metrics.values()) {
      List<PointData> points = new ArrayList<>();
      metric.sums.forEach(
          (attributes, sum) -> {
            if (sum.begunEpochNs == lastEpochNs) {
              points.add(value(attributes, sum, Math.max(epochNs, lastEpochNs + 1)));
            }
          });
      if (!points.isEmpty()) {
        all.add(cumulative(metric, points));
      }
    }
    return all;
  }
}
