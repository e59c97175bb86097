package io.netspan.receiver.telemetry;

import io.netspan.linux.clock.BootClock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What to add to CLOCK_BOOTTIME, the clock of the kernel's events, for nanoseconds since the epoch.
 *
 * <p>The two clocks run at the same rate, since the kernel slews both (adjtime, NTP). Their offset
 * changes only by steps: the clock is set, or a leap second is inserted. So the offset is kept
 * until a measurement contradicts it. A reading of the wall clock between two readings of
 * CLOCK_BOOTTIME gives a lower and an upper bound of the offset, however long the thread was
 * delayed in between; only an offset outside these bounds shows a step. So times do not jitter, and
 * both ends of a connection are converted in the same way.
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

  /** With these clocks, in nanoseconds. */
  public EpochOffset(LongSupplier boot, LongSupplier wall) {
    this.boot = boot;
    this.wall = wall;
    measureAnew();
  }

  private static long epochNanos() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  /** Follows a step of the wall clock. Cheap enough to be called each time the ring is read. */
  public void measure() {
    long before = boot.getAsLong();
    long epoch = wall.getAsLong();
    long after = boot.getAsLong();
    measuredNs = after;
    if (offsetNs < epoch - after || offsetNs > epoch - before) {
      measureAnew();
    }
  }

  /** Measures a few times and takes the reading with the tightest bounds. */
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

  /** The offset as last measured: what to add to CLOCK_BOOTTIME for ns since the epoch. */
  public long offsetNs() {
    return offsetNs;
  }

  /**
   * The offset for something that ended at this time, measured after it, so that the end does not
   * lie in the future. An end that is later than now by CLOCK_BOOTTIME itself is moved to now.
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
