package io.netspan.config;

/**
 * What is set for the SDK's metrics.
 *
 * @param cardinalityLimit points of an instrument at most
 */
public record MetricSettings(int cardinalityLimit) {
  /** Of 1,999 series, the gauge of open connections makes up to eight points each, by state. */
  public static final MetricSettings DEFAULTS = new MetricSettings(16_001);
}
