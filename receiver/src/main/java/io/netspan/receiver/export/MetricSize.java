package io.netspan.receiver.export;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** How many bytes a request with metrics has at most; the SDK does not say it before it sends. */
final class MetricSize {
  /** What surrounds a Resource, a metric or a scope: tags and lengths of nested messages. */
  private static final int FRAME = 64;

  /** The same of an attribute, or its number. */
  private static final int ATTRIBUTE = 24;

  /** Two times, a value, and what surrounds them. */
  private static final int POINT = 48;

  /** What a histogram has besides: count, sum, extremes, scale, offsets. */
  private static final int HISTOGRAM = 96;

  /** A number of variable length. */
  private static final int BUCKET = 10;

  private MetricSize() {}

  static long atMost(Collection<MetricData> metrics) {
    Set<Resource> resources = Collections.newSetFromMap(new IdentityHashMap<>());
    long size = 0;
    for (MetricData metric : metrics) {
      if (resources.add(metric.getResource())) {
        size += FRAME + of(metric.getResource().getAttributes());
      }
      size += FRAME + FRAME;
      size += text(metric.getName()) + text(metric.getDescription()) + text(metric.getUnit());
      size += text(metric.getInstrumentationScopeInfo().getName());
      for (PointData point : metric.getData().getPoints()) {
        size += POINT + of(point.getAttributes()) + buckets(point);
      }
    }
    return size;
  }

  private static int buckets(PointData point) {
    return switch (point) {
      case HistogramPointData of ->
          HISTOGRAM + BUCKET * (of.getCounts().size() + of.getBoundaries().size());
      case ExponentialHistogramPointData of ->
          HISTOGRAM
              + BUCKET * of.getPositiveBuckets().getBucketCounts().size()
              + BUCKET * of.getNegativeBuckets().getBucketCounts().size();
      default -> 0;
    };
  }

  private static long of(Attributes attributes) {
    long[] size = {0};
    attributes.forEach(
        (key, value) -> size[0] += ATTRIBUTE + text(key.getKey()) + text(value.toString()));
    return size[0];
  }

  /** In UTF-8; of a surrogate, three bytes are counted, although a pair has four. */
  private static int text(String text) {
    int size = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      size += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }
    return size;
  }
}
