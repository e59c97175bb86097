package io.netspan.enrich.container;

import java.time.Duration;

/**
 * How long a source is left alone before it is tried again: twice as long after each failure.
 *
 * @param first after one failure
 * @param longest after many
 * @param steady a stream that lasted as long as this was no failure
 */
public record Pauses(Duration first, Duration longest, Duration steady) {
  public static final Pauses USUAL =
      new Pauses(Duration.ofSeconds(1), Duration.ofSeconds(30), Duration.ofSeconds(10));

  private static final int MOST_DOUBLINGS = 16;

  public Duration after(int failures) {
    Duration pause = first.multipliedBy(1L << Math.clamp(failures - 1, 0, MOST_DOUBLINGS));
    return pause.compareTo(longest) < 0 ? pause : longest;
  }
}
