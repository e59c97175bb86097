package io.netspan.it.backend;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The programs that {@code .make/backends} builds, by name.
 *
 * @param missing why they are not there; empty if they are
 */
record Programs(Map<String, Path> paths, String missing) {
  private static final String SCRIPT = "../.make/backends";

  private static final List<String> BACKENDS =
      List.of("otelcol", "prometheus", "promtool", "jaeger", "checker");
  private static final List<String> KUBERNETES = List.of("kube-apiserver");

  private static final Map<List<String>, Programs> FOUND = new ConcurrentHashMap<>();

  /** Finds the backends once, and builds them first where no test may be skipped. */
  static Programs find() {
    return FOUND.computeIfAbsent(BACKENDS, Programs::of);
  }

  /** The same for the Kubernetes API server. */
  static Programs kubernetes() {
    return FOUND.computeIfAbsent(KUBERNETES, Programs::of);
  }

  private static Programs of(List<String> names) {
    return mustRun() ? build(names) : list(names);
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

  private static Programs build(List<String> names) {
    Answer answer = Answer.of(command(List.of(SCRIPT), names));
    return answer.exitCode() == 0 ? list(names) : missing(answer);
  }

  private static String[] command(List<String> script, List<String> names) {
    return Stream.concat(script.stream(), names.stream()).toArray(String[]::new);
  }

  private static Programs missing(Answer answer) {
    return new Programs(Map.of(), answer.text().replaceFirst("^netspan: ", ""));
  }

  private static Programs list(List<String> names) {
    Answer answer = Answer.of(command(List.of(SCRIPT, "--paths"), names));
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
