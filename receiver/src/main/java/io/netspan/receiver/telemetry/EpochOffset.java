package io.netspan.receiver.telemetry;

import io.netspan.linux.clock.BootClock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What to add to CLOCK_BOOTTIME, the clock of the kernel's events, for nanoseconds since the epoch.
 *
 * <p>The two clocks run at one rate, since the kernel slews both (adjtime, NTP); their distance
 * changes by steps alone: somebody sets the clock, a leap second. So it is kept as long as the
 * clocks do not contradict it. A reading of the wall clock between two of the other says that the
 * distance lies between two numbers, however long the thread was held up in between; only a
 * distance outside is a step. Times hence do not jitter, and both ends of a connection are
 * converted alike.
 *
 * <p>Belongs to the thread that has the turn.
 */
public final class EpochOffset {
  private static final int TRIES = 3;

  private final LongSupplier boot;
  private final LongSupplier wall;
  private long offsetNs;
  private long measuredNs;

  public EpochOffset() {
    this(BootClock::nanos, EpochOffset::epochNanos);
  }

  EpochOffset(LongSupplier boot, LongSupplier wall) {
    this.boot = boot;
    this.wall = wall;
    measureAnew();
  }

  private static long epochNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  /** Follows a step of the wall clock. Cheap enough for each time that the ring is looked at. */
  public void measure() {
    long before = boot.getAsLong();
    long epoch = wall.getAsLong();
    long after = boot.getAsLong();
    measuredNs = after;
    if (offsetNs < epoch - after || offsetNs > epoch - before) {
      measureAnew();
    }
  }

  /** Of a few tries the tightest: it says most. */
  private void measureAnew() {
    long tightest = Long.MAX_VALUE;
    for (int i = 0; i < TRIES; i++) {
      long before = boot.getAsLong();
      long epoch = wall.getAsLong();
      long after = boot.getAsLong();
      if (after - before < tightest) {
        tightest = after - before;
        offsetNs = epoch - (before + (after - before) / 2);
      }
      measuredNs = after;
    }
  }

  /** As last measured. */
  long offsetNs() {
    return offsetNs;
  }

  /**
   * The offset for the times of what ended then, measured after that; so the end comes to lie
   * before now, where it belongs. Were it later than now by CLOCK_BOOTTIME itself, it would be
   * moved to now.
   *
   * @param endNs CLOCK_BOOTTIME
   */
  long offsetNs(long endNs) {
    if (endNs - measuredNs > 0) {
      measure();
    }
    return offsetNs - Math.max(0, endNs - measuredNs);
  }
}
