package io.netspan.bench.machine;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What others than the benchmark used of the CPUs between two snapshots, in cores.
 *
 * @param others processes that are not the benchmark's
 * @param stolen that other virtual machines had
 * @param busiest the name of the program that used most of {@code others}
 */
record OtherLoad(double others, double stolen, String busiest) {
  /** What a machine at rest may use: 2.5 % of a machine with two cores. */
  private static final double MOST_OTHERS = 0.05;

  private static final double MOST_STOLEN = 0.05;

  /**
   * @param root the process of the benchmark, of which all its others descend
   */
  static OtherLoad between(CpuSnapshot before, CpuSnapshot after, long root) {
    double ticks = (after.atNs() - before.atNs()) / 1e9 * CpuSnapshot.TICKS_PER_SECOND;
    if (ticks <= 0) {
      throw new IllegalArgumentException("the second snapshot is not after the first");
    }
    Map<String, Long> was = before.othersByName(root);
    String busiest =
        after.othersByName(root).entrySet().stream()
            .max(
                Comparator.comparingLong(
                    entry -> entry.getValue() - was.getOrDefault(entry.getKey(), 0L)))
            .map(Map.Entry::getKey)
            .orElse("");
    return new OtherLoad(
        Math.max(0, after.ticksOfOthers(root) - before.ticksOfOthers(root)) / ticks,
        (after.stolen() - before.stolen()) / ticks,
        busiest);
  }

  /** Says what disturbs, if it is too much. */
  Optional<String> disturbance() {
    if (others > MOST_OTHERS) {
      return Optional.of(
          String.format(
              Locale.ROOT, "other processes used %.2f cores, most of it %s", others, busiest));
    }
    if (stolen > MOST_STOLEN) {
      return Optional.of(
          String.format(Locale.ROOT, "other virtual machines had %.2f cores of this one", stolen));
    }
    return Optional.empty();
  }
}
