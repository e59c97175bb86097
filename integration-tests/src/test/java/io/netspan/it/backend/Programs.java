package io.netspan.it.backend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The programs that {@code .make/backends} builds, by name.
 *
 * @param missing why they are not there; empty if they are
 */
record Programs(Map<String, Path> paths, String missing) {
  private static final String SCRIPT = "../.make/backends";
  private static final int MINUTES = 30;

  private static @Nullable Programs found;

  /** Finds them once, and builds them first where no test may be skipped. */
  static synchronized Programs find() {
    if (found == null) {
      found = mustRun() ? build() : list();
    }
    return found;
  }

  static boolean mustRun() {
    return "true".equals(System.getenv("CI"))
        || System.getProperty("kernel.tests", "").equals("required");
  }

  Path path(String name) {
    Path path = paths.get(name);
    if (path == null) {
      throw new AssertionError("no " + name + ": " + missing);
    }
    return path;
  }

  private static Programs build() {
    Answer answer = run(SCRIPT);
    return answer.exitCode() == 0 ? list() : new Programs(Map.of(), answer.text());
  }

  private static Programs list() {
    Answer answer = run(SCRIPT, "--paths");
    if (answer.exitCode() != 0) {
      return new Programs(Map.of(), answer.text());
    }
    Map<String, Path> paths =
        answer
            .text()
            .lines()
            .map(line -> line.split(" ", 2))
            .collect(Collectors.toMap(words -> words[0], words -> Path.of(words[1])));
    return new Programs(paths, "");
  }

  private record Answer(int exitCode, String text) {}

  private static Answer run(String... words) {
    try {
      Path output = Files.createTempFile("netspan-it-backends", ".out");
      Process process =
          new ProcessBuilder(new ArrayList<>(List.of(words)))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
        String text = Files.readString(output).strip();
        return ended
            ? new Answer(process.exitValue(), text)
            : new Answer(-1, words[0] + " took more than " + MINUTES + " minutes: " + text);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
