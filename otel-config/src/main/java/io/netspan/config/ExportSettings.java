package io.netspan.config;

import java.util.OptionalLong;

/**
 * What is kept for backends that are not reachable.
 *
 * @param backlogBytes the bytes of requests with spans that wait at most, all exporters together;
 *     empty for {@link #MOST_BACKLOG_BY_DEFAULT}, or less if the heap is small
 */
public record ExportSettings(OptionalLong backlogBytes) {
  private static final long LEAST = 1L << 20;

  /** The default if the heap is large enough. */
  public static final long MOST_BACKLOG_BY_DEFAULT = 32L << 20;

  public static final Form<Long> BACKLOG =
      Form.of(ByteSize::parse, bytes -> bytes >= LEAST, "write 1M or more, such as 32M");

  public static final ExportSettings DEFAULTS = new ExportSettings(OptionalLong.empty());

  /**
   * @throws ConfigException with the problem
   */
  public ExportSettings {
    backlogBytes.ifPresent(bytes -> BACKLOG.require("export backlog", bytes));
  }
}
