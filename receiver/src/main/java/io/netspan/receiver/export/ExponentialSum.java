package io.netspan.receiver.export;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.Arrays;
import java.util.List;

/**
 * Of a base-2 exponential histogram. The scale is lowered until the buckets of both signs fit, as
 * OpenTelemetry's data model says: one step merges buckets {@code 2i} and {@code 2i+1} to {@code
 * i}.
 */
final class ExponentialSum implements CumulativePoint {
  private final int mostBuckets;
  private final Extremes extremes = new Extremes();
  private final Buckets positive = new Buckets();
  private final Buckets negative = new Buckets();
  private int scale;
  private long zeroCount;
  private double sum;

  ExponentialSum(int scale, int mostBuckets) {
    this.scale = scale;
    this.mostBuckets = mostBuckets;
  }

  @Override
  public boolean add(PointData point) {
    ExponentialHistogramPointData delta = (ExponentialHistogramPointData) point;
    int steps = Math.max(0, scale - delta.getScale());
    int deltaSteps = Math.max(0, delta.getScale() - scale);
    while (positive.width(steps, delta.getPositiveBuckets(), deltaSteps) > mostBuckets
        || negative.width(steps, delta.getNegativeBuckets(), deltaSteps) > mostBuckets) {
      steps++;
      deltaSteps++;
    }
    positive.add(steps, delta.getPositiveBuckets(), deltaSteps);
    negative.add(steps, delta.getNegativeBuckets(), deltaSteps);
    scale -= steps;
    zeroCount += delta.getZeroCount();
    sum += delta.getSum();
    extremes.add(delta.hasMin(), delta.getMin(), delta.hasMax(), delta.getMax());
    return delta.getCount() != 0;
  }

  @Override
  public PointData at(long startNs, long nowNs, Attributes attributes) {
    return ExponentialHistogramPointData.create(
        scale,
        sum,
        zeroCount,
        extremes.hasMin(),
        extremes.min(),
        extremes.hasMax(),
        extremes.max(),
        positive.at(scale),
        negative.at(scale),
        startNs,
        nowNs,
        attributes,
        List.of());
  }

  /** The buckets of one sign: as many as lie between the first and the last that count anything. */
  private static final class Buckets {
    private int offset;
    private long[] counts = new long[0];

    /** How many buckets there would be after the scales are lowered and the others are added. */
    long width(int steps, ExponentialHistogramBuckets delta, int deltaSteps) {
      int more = delta.getBucketCounts().size();
      if (more == 0) {
        return counts.length == 0 ? 0 : (last() >> steps) - (long) (offset >> steps) + 1;
      }
      int first = delta.getOffset() >> deltaSteps;
      int last = (delta.getOffset() + more - 1) >> deltaSteps;
      if (counts.length > 0) {
        first = Math.min(first, offset >> steps);
        last = Math.max(last, last() >> steps);
      }
      return (long) last - first + 1;
    }

    private int last() {
      return offset + counts.length - 1;
    }

    void add(int steps, ExponentialHistogramBuckets delta, int deltaSteps) {
      long width = width(steps, delta, deltaSteps);
      List<Long> more = delta.getBucketCounts();
      int first = offset >> steps;
      if (!more.isEmpty()) {
        int deltaFirst = delta.getOffset() >> deltaSteps;
        first = counts.length == 0 ? deltaFirst : Math.min(first, deltaFirst);
      }
      if (steps > 0 || first != offset || width != counts.length) {
        move(steps, first, (int) width);
      }
      for (int i = 0; i < more.size(); i++) {
        counts[((delta.getOffset() + i) >> deltaSteps) - offset] += more.get(i);
      }
    }

    private void move(int steps, int first, int width) {
      long[] moved = new long[width];
      for (int i = 0; i < counts.length; i++) {
        moved[((offset + i) >> steps) - first] += counts[i];
      }
      counts = moved;
      offset = first;
    }

    ExponentialHistogramBuckets at(int scale) {
      return ExponentialHistogramBuckets.create(
          scale, offset, Arrays.stream(counts).boxed().toList());
    }
  }
}
