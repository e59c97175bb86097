package io.netspan.bench;

import io.netspan.bench.machine.Leftovers;
import io.netspan.bench.machine.Quiet;
import io.netspan.bench.result.Comparison;
import io.netspan.bench.result.Report;
import io.netspan.bench.result.Result;
import io.netspan.bench.workload.Lab;
import io.netspan.bench.workload.Tools;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The benchmark of the whole agent. Exit codes: 0; 1 if the figures are not to be trusted; 2. */
public final class Main {
  private static final Duration QUIET_WITHIN = Duration.ofSeconds(30);
  private static final DateTimeFormatter FILE_NAME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss");

  private final PrintStream out;
  private final PrintStream err;

  private Main(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  public static void main(String[] arguments) throws InterruptedException {
    System.exit(run(System.out, System.err, Arrays.asList(arguments)));
  }

  /** Runs the command, and returns the exit code. */
  static int run(PrintStream out, PrintStream err, List<String> arguments)
      throws InterruptedException {
    try {
      return new Main(out, err).run(arguments);
    } catch (UsageException e) {
      err.println("bench-agent: " + e.getMessage());
      err.println();
      err.print(Options.USAGE);
      return 2;
    } catch (IOException e) {
      err.println("bench-agent: " + e.getMessage());
      return 2;
    }
  }

  private int run(List<String> arguments) throws UsageException, IOException, InterruptedException {
    if (!arguments.isEmpty() && arguments.getFirst().equals("compare")) {
      return compare(arguments.subList(1, arguments.size()));
    }
    if (arguments.contains("--help") || arguments.contains("-h")) {
      out.print(Options.USAGE);
      return 0;
    }
    return measure(Options.parse(arguments));
  }

  private int compare(List<String> files) throws UsageException, IOException {
    if (files.size() != 2) {
      throw new UsageException("a comparison takes two files: BEFORE=FILE and AFTER=FILE");
    }
    Result before = Result.read(Path.of(files.getFirst()));
    Result after = Result.read(Path.of(files.getLast()));
    out.print(new Comparison(before, after).describe());
    return before.warnings().isEmpty() && after.warnings().isEmpty() ? 0 : 1;
  }

  private int measure(Options options) throws IOException, InterruptedException {
    Path file = options.out().orElseGet(() -> defaultFile(options.repository()));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Tools tools = new Tools(options.repository(), Files.createTempDirectory("netspan-bench"));
    tools.check();
    Quiet quiet = new Quiet();
    List<String> warnings = new ArrayList<>();
    if (options.noise()) {
      List<String> tracers = quiet.ignoreTracers();
      if (!tracers.isEmpty()) {
        warnings.add("other BPF programs were loaded all the time: " + String.join(", ", tracers));
      }
    }
    List<String> disturbances = quiet.await(options.noise() ? Duration.ZERO : QUIET_WITHIN);
    if (!disturbances.isEmpty() && !options.noise()) {
      throw new IOException(
          "this machine is not quiet: "
              + String.join("; ", disturbances)
              + ". Stop that, or measure all the same with ARGS=--allow-noise.");
    }
    Result result;
    Leftovers.removeAtExit();
    try (Lab lab = Lab.open(tools)) {
      result = new Rounds(options, lab, quiet, warnings, err).run(file);
    }
    out.println(new Report(result).describe());
    out.println("written to " + file);
    return result.warnings().isEmpty() ? 0 : 1;
  }

  private static Path defaultFile(Path repository) {
    String name = LocalDateTime.now(ZoneId.systemDefault()).format(FILE_NAME);
    return repository.resolve("target/bench-agent").resolve(name + ".json");
  }
}
