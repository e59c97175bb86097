package io.netspan.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Runs Jazzer in a separate JVM, because it instruments the code that it runs. */
final class Jazzer {
  private static final int SECONDS_AN_INPUT =
      60; // the first input loads classes, on a machine that may be busy
  private static final int MOST_MEGABYTES = 1_500;

  /** Hooks that look for weaknesses of regular expressions, and cost more than everything else. */
  private static final String INSIDE_REGULAR_EXPRESSIONS =
      "com.code_intelligence.jazzer.sanitizers.RegexRoadblocks";

  private static final Pattern DONE = Pattern.compile("Done (\\d+) runs");
  private static final Pattern COVERED = Pattern.compile("cov: (\\d+)");

  private Jazzer() {}

  /**
   * The outcome of a run.
   *
   * @param found files with inputs that violated a property
   */
  record Result(int exitCode, String output, List<String> found) {
    String lastLines(int count) {
      List<String> lines = output.lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - count), lines.size()));
    }

    /** Returns the number of inputs that were run. */
    int done() {
      return DONE.matcher(output)
          .results()
          .map(match -> match.group(1))
          .mapToInt(Integer::parseInt)
          .max()
          .orElse(0);
    }

    /** Returns the number of edges of the code that were covered. */
    int covered() {
      return COVERED
          .matcher(output)
          .results()
          .map(MatchResult::group)
          .mapToInt(cov -> Integer.parseInt(cov.substring("cov: ".length())))
          .max()
          .orElse(0);
    }
  }

  /**
   * Starts from the seeds of the target; {@code fuzz.runs} and {@code fuzz.seed} are system
   * properties.
   */
  static Result run(Target target) throws IOException, InterruptedException {
    return run(target.type, Integer.getInteger("fuzz.runs", target.runs), List.of(target.seeds()));
  }

  static Result run(Class<?> target, int runs, List<Path> seeds)
      throws IOException, InterruptedException {
    Path folder = Path.of("target", "fuzz", target.getSimpleName()).toAbsolutePath();
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    for (String old : found(folder)) {
      Files.delete(Path.of(old));
    }
    if (Integer.getInteger("fuzz.runs") == null) {
      delete(corpus); // so that each run has the same inputs
    }
    Path log = folder.resolve("log");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:+EnableDynamicAgentLoading",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=io.netspan.**",
                "--disabled_hooks=" + INSIDE_REGULAR_EXPRESSIONS,
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-runs=" + runs,
                "-seed=" + Integer.getInteger("fuzz.seed", 1),
                "-timeout=" + SECONDS_AN_INPUT,
                "-rss_limit_mb=" + MOST_MEGABYTES,
                corpus.toString()));
    seeds.forEach(seed -> command.add(seed.toString()));
    int exitCode =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start()
            .waitFor();
    return new Result(exitCode, Files.readString(log, UTF_8), found(folder));
  }

  private static List<String> found(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(Path::toString)
          .filter(file -> file.matches(".*/(crash|timeout|oom)-\\w+"))
          .toList();
    }
  }

  private static void delete(Path corpus) throws IOException {
    try (Stream<Path> files = Files.list(corpus)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }
}
