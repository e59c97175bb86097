package io.netspan.receiver.export;

import org.jspecify.annotations.Nullable;

/** The smallest and the largest value, where they are recorded. */
final class Extremes {
  private @Nullable Double min;
  private @Nullable Double max;

  void add(boolean hasMin, double least, boolean hasMax, double most) {
    if (hasMin) {
      min = min == null ? least : Math.min(min, least);
    }
    if (hasMax) {
      max = max == null ? most : Math.max(max, most);
    }
  }

  boolean hasMin() {
    return min != null;
  }

  double min() {
    return min == null ? 0 : min;
  }

  boolean hasMax() {
    return max != null;
  }

  double max() {
    return max == null ? 0 : max;
  }
}
