package io.netspan.receiver.cli;

import io.netspan.config.ExportSettings;
import io.netspan.config.TracerSettings;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that bound memory. */
final class MemoryOptions {
  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "Track at most N open connections (default: ${bundle:default.max-connections}).")
  private @Nullable String maxConnections;

  @Option(
      names = "--ring-size",
      paramLabel = "SIZE",
      description =
          "The size of the buffer between kernel and agent, a power of two (default: ${bundle:default.ring-size}).")
  private @Nullable String ringSize;

  @Option(
      names = "--export-backlog",
      paramLabel = "SIZE",
      description =
          "Keep up to SIZE bytes of compressed spans while a backend is not reachable (default: ${bundle:default.export-backlog}).")
  private @Nullable String exportBacklog;

  long ringBytes(TracerSettings below, Overrides given) {
    return given.of("--ring-size", ringSize, TracerSettings.RING_SIZE, below.ringBytes());
  }

  OptionalInt mostConnections(TracerSettings below, Overrides given) {
    return maxConnections == null
        ? below.mostConnections()
        : given
            .optional("--max-connections", maxConnections, TracerSettings.MAX_CONNECTIONS)
            .map(OptionalInt::of)
            .orElseGet(OptionalInt::empty);
  }

  OptionalLong exportBacklog(ExportSettings below, Overrides given) {
    return exportBacklog == null
        ? below.backlogBytes()
        : given
            .optional("--export-backlog", exportBacklog, ExportSettings.BACKLOG)
            .map(OptionalLong::of)
            .orElseGet(OptionalLong::empty);
  }
}
