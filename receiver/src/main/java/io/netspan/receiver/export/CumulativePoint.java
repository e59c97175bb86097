package io.netspan.receiver.export;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.Arrays;
import java.util.List;

/** The sum of the delta points of one set of attributes. Belongs to one reader. */
sealed interface CumulativePoint permits ExponentialSum, LongSum, DoubleSum, HistogramSum {

  /** A sum of points like this one, which is 0 so far. */
  static CumulativePoint like(PointData delta, int mostBuckets) {
    return switch (delta) {
      case LongPointData _ -> new LongSum();
      case DoublePointData _ -> new DoubleSum();
      case HistogramPointData of -> new HistogramSum(of.getBoundaries());
      case ExponentialHistogramPointData of -> new ExponentialSum(of.getScale(), mostBuckets);
      default -> throw new IllegalArgumentException("no delta: " + delta);
    };
  }

  /** Adds a point; returns whether it counts anything. */
  boolean add(PointData delta);

  PointData at(long startNs, long nowNs, Attributes attributes);
}

/** Of a counter of integers. */
final class LongSum implements CumulativePoint {
  private long value;

  @Override
  public boolean add(PointData delta) {
    long more = ((LongPointData) delta).getValue();
    value += more;
    return more != 0;
  }

  @Override
  public PointData at(long startNs, long nowNs, Attributes attributes) {
    return LongPointData.create(startNs, nowNs, attributes, value);
  }
}

/** Of a counter of fractions. */
final class DoubleSum implements CumulativePoint {
  private double value;

  @Override
  public boolean add(PointData delta) {
    double more = ((DoublePointData) delta).getValue();
    value += more;
    return more != 0;
  }

  @Override
  public PointData at(long startNs, long nowNs, Attributes attributes) {
    return DoublePointData.create(startNs, nowNs, attributes, value, List.of());
  }
}

/** Of a histogram with explicit boundaries. */
final class HistogramSum implements CumulativePoint {
  private final List<Double> boundaries;
  private final long[] counts;
  private final Extremes extremes = new Extremes();
  private double sum;

  HistogramSum(List<Double> boundaries) {
    this.boundaries = List.copyOf(boundaries);
    this.counts = new long[boundaries.size() + 1];
  }

  @Override
  public boolean add(PointData point) {
    HistogramPointData delta = (HistogramPointData) point;
    List<Long> more = delta.getCounts();
    for (int i = 0; i < counts.length; i++) {
      counts[i] += more.get(i);
    }
    sum += delta.getSum();
    extremes.add(delta.hasMin(), delta.getMin(), delta.hasMax(), delta.getMax());
    return delta.getCount() != 0;
  }

  @Override
  public PointData at(long startNs, long nowNs, Attributes attributes) {
    return HistogramPointData.create(
        startNs,
        nowNs,
        attributes,
        sum,
        extremes.hasMin(),
        extremes.min(),
        extremes.hasMax(),
        extremes.max(),
        boundaries,
        Arrays.stream(counts).boxed().toList());
  }
}
