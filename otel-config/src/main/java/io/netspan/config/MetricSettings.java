package io.netspan.config;

import java.time.Duration;

/**
 * What is set for the SDK's metrics.
 *
 * @param cardinalityLimit points of an instrument at most
 * @param exportInterval how often metrics are exported
 */
public record MetricSettings(int cardinalityLimit, Duration exportInterval) {
  /**
   * The gauge of open connections has up to eight points, one per state, for each of 1,999 series.
   */
  public static final MetricSettings DEFAULTS = new MetricSettings(16_001, Duration.ofSeconds(10));
}
