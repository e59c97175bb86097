package io.netspan.bench.result;

import java.util.Collection;
import java.util.Locale;

/** The median of some figures, with the least and the greatest. */
public record Spread(double median, double least, double greatest, int count) {

  /**
   * Sums up these figures.
   *
   * @throws IllegalArgumentException if there is no figure
   */
  public static Spread of(Collection<Double> figures) {
    if (figures.isEmpty()) {
      throw new IllegalArgumentException("no figures");
    }
    double[] sorted = figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int half = sorted.length / 2;
    double median = sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1], sorted.length);
  }

  /** Returns whether the ranges have a figure in common. */
  boolean overlaps(Spread other) {
    return least <= other.greatest && other.least <= greatest;
  }

  String describe(int digits) {
    if (count == 1) {
      return number(median, digits);
    }
    return number(median, digits)
        + " ("
        + number(least, digits)
        + "-"
        + number(greatest, digits)
        + ")";
  }

  static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
