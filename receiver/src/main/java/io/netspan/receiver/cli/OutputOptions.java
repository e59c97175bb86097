package io.netspan.receiver.cli;

import io.netspan.config.OutputSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options about what is printed. */
final class OutputOptions {
  @Option(
      names = "--format",
      paramLabel = "text|json|none",
      description = "What to print per connection (default: ${bundle:default.format}).")
  private @Nullable String format;

  @Option(
      names = "--lines-per-second",
      paramLabel = "N",
      description =
          "Print at most N connections per second; 0 for no limit (default: ${bundle:default.lines-per-second}).")
  private @Nullable String linesPerSecond;

  OutputSettings settings(OutputSettings below, Overrides given) {
    return new OutputSettings(
        given.of("--format", format, OutputSettings.FORMAT, below.format()),
        given.of(
            "--lines-per-second",
            linesPerSecond,
            OutputSettings.LINES_PER_SECOND,
            below.linesPerSecond()));
  }
}
