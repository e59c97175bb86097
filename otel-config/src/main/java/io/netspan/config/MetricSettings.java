package io.netspan.config;

import java.time.Duration;

/**
 * What is set for the SDK's metrics.
 *
 * @param cardinalityLimit points of an instrument at most
 * @param exportInterval how often metrics are exported
 */
public record MetricSettings(int cardinalityLimit, Duration exportInterval) {
  /** Of 1,999 series, the gauge of open connections makes up to eight points each, by state. */
  public static final MetricSettings DEFAULTS = new MetricSettings(16_001, Duration.ofSeconds(10));
}
