package io.netspan.config;

/**
 * What is printed.
 *
 * @param linesPerSecond connections printed per second at most; 0 for all
 */
public record OutputSettings(OutputFormat format, int linesPerSecond) {
  public static final Form<OutputFormat> FORMAT = Form.oneOf(OutputFormat.class);
  public static final Form<Integer> LINES_PER_SECOND =
      Form.number(0, "write 0 (no limit) or a number up to 2147483647");

  public static final OutputSettings DEFAULTS = new OutputSettings(OutputFormat.TEXT, 1_000);

  /**
   * @throws ConfigException with the problem
   */
  public OutputSettings {
    LINES_PER_SECOND.require("lines per second", linesPerSecond);
  }
}
