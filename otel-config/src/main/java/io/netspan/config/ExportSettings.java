package io.netspan.config;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * How long spans and metrics are kept for their backends.
 *
 * @param backlogBytes the bytes of requests with spans that wait at most, all exporters together;
 *     empty for {@link #MOST_BACKLOG_BY_DEFAULT}, or less if the heap is small
 * @param seriesIdleTimeout how long a series of metrics is exported in which nothing is counted; 0:
 *     without end
 * @param metricAttributes what metrics have besides their usual attributes
 */
public record ExportSettings(
    OptionalLong backlogBytes, Duration seriesIdleTimeout, List<MetricAttribute> metricAttributes) {
  private static final long LEAST = 1L << 20;

  /** The default if the heap is large enough. */
  public static final long MOST_BACKLOG_BY_DEFAULT = 32L << 20;

  public static final Form<Long> BACKLOG =
      Form.of(ByteSize::parse, bytes -> bytes >= LEAST, "write 1M or more, such as 32M");

  public static final Form<Duration> SERIES_IDLE_TIMEOUT =
      Form.timeout("write 10s to 24h, such as 15m, or 0 for no timeout");

  public static final ExportSettings DEFAULTS =
      new ExportSettings(OptionalLong.empty(), Duration.ofMinutes(15), List.of());

  /**
   * @throws ConfigException with the problem
   */
  public ExportSettings {
    backlogBytes.ifPresent(bytes -> BACKLOG.require("export backlog", bytes));
    SERIES_IDLE_TIMEOUT.require("series idle timeout", seriesIdleTimeout);
    metricAttributes = List.copyOf(metricAttributes);
  }
}
