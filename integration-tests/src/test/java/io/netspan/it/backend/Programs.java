package io.netspan.it.backend;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The programs that {@code .make/backends} builds, by name.
 *
 * @param missing why they are not there; empty if they are
 */
record Programs(Map<String, Path> paths, String missing) {
  private static final String SCRIPT = "../.make/backends";

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
    Answer answer = Answer.of(SCRIPT);
    return answer.exitCode() == 0 ? list() : missing(answer);
  }

  private static Programs missing(Answer answer) {
    return new Programs(Map.of(), answer.text().replaceFirst("^netspan: ", ""));
  }

  private static Programs list() {
    Answer answer = Answer.of(SCRIPT, "--paths");
    if (answer.exitCode() != 0) {
      return missing(answer);
    }
    Map<String, Path> paths =
        answer
            .text()
            .lines()
            .map(line -> line.split(" ", 2))
            .collect(Collectors.toMap(words -> words[0], words -> Path.of(words[1])));
    return new Programs(paths, "");
  }
}
