package io.netspan.receiver.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Removes series in which nothing was counted for a while, from all tables. Belongs to the thread
 * that has the turn, except where noted.
 */
public final class SeriesExpiry {
  private static final long CHECK_EVERY_NS = TimeUnit.SECONDS.toNanos(10);

  private final long idleNs;
  private final LongSupplier clock;
  private final List<ExpiringSeries> tables = new CopyOnWriteArrayList<>();
  private long checkedNs;

  /**
   * Creates an expiry without tables.
   *
   * @param idle how long a series stays in which nothing is counted; 0: without end
   * @param clock as {@link System#nanoTime}
   */
  public SeriesExpiry(Duration idle, LongSupplier clock) {
    this.idleNs = idle.isZero() ? Long.MAX_VALUE : idle.toNanos();
    this.clock = clock;
    this.checkedNs = clock.getAsLong();
  }

  /** Adds a table, for as long as the agent runs. May be called by any thread. */
  void register(ExpiringSeries table) {
    tables.add(table);
  }

  /** May be called by any thread. */
  long nowNs() {
    return clock.getAsLong();
  }

  /** Removes series, if that was not done within the last seconds. */
  public void check() {
    long nowNs = clock.getAsLong();
    if (nowNs - checkedNs >= CHECK_EVERY_NS) {
      checkedNs = nowNs;
      tables.forEach(table -> table.expire(nowNs, idleNs));
    }
  }
}
