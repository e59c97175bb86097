package io.netspan.receiver.telemetry;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * What to add to CLOCK_MONOTONIC for nanoseconds since the epoch. Measured again at each {@link
 * #measure}, because the wall clock is stepped and slewed. {@link System#nanoTime} reads
 * CLOCK_MONOTONIC on Linux, the clock of the kernel's events.
 */
public final class EpochOffset {
  private static final int TRIES = 3;
  private volatile long offsetNs;

  public EpochOffset() {
    measure();
  }

  /**
   * Takes the wall clock between two readings of the monotonic one, and of a few tries the
   * tightest.
   */
  public void measure() {
    long best = Long.MAX_VALUE;
    long measured = 0;
    for (int i = 0; i < TRIES; i++) {
      long before = System.nanoTime();
      Instant wall = Instant.now();
      long after = System.nanoTime();
      if (after - before < best) {
        best = after - before;
        measured = epochNanos(wall) - (before + (after - before) / 2);
      }
    }
    offsetNs = measured;
  }

  private static long epochNanos(Instant wall) {
    return TimeUnit.SECONDS.toNanos(wall.getEpochSecond()) + wall.getNano();
  }

  public long offsetNs() {
    return offsetNs;
  }
}
