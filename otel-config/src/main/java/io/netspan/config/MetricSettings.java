package io.netspan.config;

/**
 * What is set for the SDK's metrics.
 *
 * @param cardinalityLimit points of an instrument at most
 */
public record MetricSettings(int cardinalityLimit) {
  /**
   * The gauge of open connections has up to eight points, one per state, for each of 1,999 series.
   */
  public static final MetricSettings DEFAULTS = new MetricSettings(16_001);
}
