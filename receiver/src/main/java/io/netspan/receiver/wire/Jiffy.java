package io.netspan.receiver.wire;

import java.util.concurrent.TimeUnit;

/**
 * Measures how long a jiffy is, from records that have the time both in nanoseconds and in jiffies.
 * The kernel has it from CONFIG_HZ, which is neither in its type information nor, on many
 * distributions and in containers, in a file.
 */
final class Jiffy {
  /** Gives an error of 2 % at most, with CONFIG_HZ=100. */
  private static final long SHORTEST_NS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Well before 32 bits of jiffies overflow, which takes 49 days with CONFIG_HZ=1000. */
  private static final long LONGEST_NS = TimeUnit.HOURS.toNanos(1);

  private boolean begun;
  private long sinceNs;
  private int sinceJiffies;
  private double lengthNs;

  /**
   * The length of a jiffy in nanoseconds; 0 until half a second has passed since the first call.
   *
   * @param ns CLOCK_BOOTTIME
   * @param jiffies the low 32 bits, read at the same time
   */
  double lengthNs(long ns, int jiffies) {
    if (!begun) {
      begun = true;
      begin(ns, jiffies);
      return 0;
    }
    long elapsedNs = ns - sinceNs;
    long elapsed = Integer.toUnsignedLong(jiffies - sinceJiffies);
    if (elapsedNs >= SHORTEST_NS && elapsed != 0) {
      lengthNs = (double) elapsedNs / elapsed;
    }
    if (elapsedNs >= LONGEST_NS) {
      begin(ns, jiffies);
    }
    return lengthNs;
  }

  private void begin(long ns, int jiffies) {
    sinceNs = ns;
    sinceJiffies = jiffies;
  }
}
