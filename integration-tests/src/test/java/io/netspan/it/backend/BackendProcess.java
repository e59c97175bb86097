package io.netspan.it.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A backend that runs; it writes to a log of its own. */
final class BackendProcess implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final int STOP_SECONDS = 20;
  private static final int LAST_LINES = 60;

  private final String name;
  private final Process process;
  private final Path log;

  private BackendProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it and returns when it is ready.
   *
   * @param health answers 200 then
   */
  static BackendProcess start(
      Path log, Map<String, String> environment, URI health, List<String> command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(variable -> variable.startsWith("OTEL_"));
    builder.environment().putAll(environment);
    String name = Path.of(command.getFirst()).getFileName().toString();
    BackendProcess backend = new BackendProcess(name, builder.start(), log);
    try {
      await(name + " to be ready")
          .atMost(READY_WITHIN)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> !backend.process.isAlive() || Http.answers(health));
      assertThat(backend.process.isAlive()).as("%s lives", name).isTrue();
      return backend;
    } catch (RuntimeException | Error e) {
      backend.close();
      throw new AssertionError("not started: " + backend.lastLines(), e);
    }
  }

  /** The end of its log. */
  String lastLines() {
    try {
      List<String> lines = Files.readAllLines(log);
      int from = Math.max(0, lines.size() - LAST_LINES);
      return name + ":\n" + String.join("\n", lines.subList(from, lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGTERM, upon which it passes on what it still has; SIGKILL if it does not end then. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly().onExit().join();
  }
}
