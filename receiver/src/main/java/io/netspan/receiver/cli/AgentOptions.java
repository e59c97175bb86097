package io.netspan.receiver.cli;

import io.netspan.config.AgentSettings;
import io.netspan.config.Form;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options about the agent itself. */
final class AgentOptions {
  @Option(
      names = "--host-root",
      paramLabel = "PATH",
      description =
          "In a container: where the machine's root is mounted, for its id and name (default: ${bundle:default.host-root}).")
  private @Nullable String hostRoot;

  @Option(
      names = "--log-level",
      paramLabel = "error|warn|info|debug",
      description = "What to log on standard error (default: ${bundle:default.log-level}).")
  private @Nullable String logLevel;

  enum LogLevel {
    ERROR,
    WARN,
    INFO,
    DEBUG;

    static final LogLevel DEFAULT = INFO;

    private Level level() {
      return switch (this) {
        case ERROR -> Level.SEVERE;
        case WARN -> Level.WARNING;
        case INFO -> Level.INFO;
        case DEBUG -> Level.FINE;
      };
    }
  }

  Level level(Overrides given) {
    return given.of("--log-level", logLevel, Form.oneOf(LogLevel.class), LogLevel.DEFAULT).level();
  }

  Optional<Path> hostRoot(AgentSettings below, Overrides given) {
    return hostRoot == null
        ? below.hostRoot()
        : given.optional("--host-root", hostRoot, AgentSettings.HOST_ROOT);
  }
}
