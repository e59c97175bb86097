package report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program of the demo. It is in a session of its own, so that Ctrl-C reaches only the demo, which
 * stops its programs in order; and the kernel ends it if the demo is killed.
 */
final class Child {
  private static final int STOP_SECONDS = 10;
  private static final int LAST_LINES = 20;

  private final String name;
  private final Process process;
  private final Path log;

  private Child(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it. To be called by a thread that lives as long as the demo does: for the kernel, the
   * parent of a process is the thread that made it.
   *
   * @param wrapper options of setpriv
   */
  static Child start(
      Path folder,
      String name,
      List<String> wrapper,
      List<String> command,
      Map<String, String> environment)
      throws IOException {
    List<String> words = new ArrayList<>(List.of("setsid", "setpriv", "--pdeathsig", "KILL"));
    words.addAll(wrapper);
    words.addAll(command);
    Path log = folder.resolve(name + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new Child(name, builder.start(), log);
  }

  String name() {
    return name;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String output() throws IOException {
    return Files.readString(log);
  }

  /** The end of its log, for a message. */
  String lastLines() throws IOException {
    List<String> lines = output().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
  }

  /** Asks it to end. */
  void terminate() {
    process.destroy();
  }

  /** Whether it has ended without an error. */
  boolean succeeded() {
    return !process.isAlive() && process.exitValue() == 0;
  }

  /** Waits until it has ended, and kills it if that takes too long. */
  void awaitEnd() {
    awaitEnd(STOP_SECONDS);
  }

  void awaitEnd(int seconds) {
    try {
      if (process.waitFor(seconds, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly().onExit().join();
  }
}
