package io.netspan.receiver.export;

import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The limits of a reader's metrics, which the SDK applies to each of its deltas, and {@link
 * Cumulation} to their sum.
 *
 * @param counters sets of attributes of a counter at most, with the overflow set
 * @param histograms the same of a histogram
 * @param views what views say instead; the first that says something counts
 */
record StreamLimits(int counters, int histograms, List<OfView> views) {
  /** The buckets of one sign of an exponential histogram at most, by the specification. */
  private static final int MOST_BUCKETS = 160;

  StreamLimits {
    views = List.copyOf(views);
  }

  /**
   * The limits of a view; null where it has none.
   *
   * @param metric whether it applies to the metric of this name
   */
  record OfView(
      Predicate<String> metric, @Nullable Integer mostSeries, @Nullable Integer mostBuckets) {}

  static StreamLimits of(int mostSeries) {
    return new StreamLimits(mostSeries, mostSeries, List.of());
  }

  int mostSeries(MetricData metric) {
    for (OfView view : views) {
      if (view.mostSeries() != null && view.metric().test(metric.getName())) {
        return view.mostSeries();
      }
    }
    return metric.getType() == MetricDataType.HISTOGRAM
            || metric.getType() == MetricDataType.EXPONENTIAL_HISTOGRAM
        ? histograms
        : counters;
  }

  int mostBuckets(MetricData metric) {
    for (OfView view : views) {
      if (view.mostBuckets() != null && view.metric().test(metric.getName())) {
        return view.mostBuckets();
      }
    }
    return MOST_BUCKETS;
  }
}
