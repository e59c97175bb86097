package io.netspan.bench;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.workload.Extent;
import io.netspan.bench.workload.Workload;
import io.netspan.bench.workload.Workloads;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * What to run.
 *
 * @param repeats how often at most a measurement is repeated because something else ran
 * @param warmUp whether a round that is not recorded comes first
 * @param noise whether to go on, and trust the figures, though something else runs
 */
record Options(
    List<Workload> workloads,
    List<Contender> contenders,
    int rounds,
    Extent extent,
    int repeats,
    boolean warmUp,
    boolean noise,
    Optional<Path> out,
    Path repository) {
  static final String USAGE =
      """
      usage: make bench-agent [WORKLOADS=a,b] [CONTENDERS=a,b] [ROUNDS=n] [ARGS='OPTIONS']
             make bench-compare BEFORE=FILE AFTER=FILE

      --rounds N       how often each contender is measured, after a round to warm up (5)
      --scale X        times and counts, as a multiple of the documented ones (1)
      --rate N         connections per second of the loads at a fixed rate (5000)
      --settle N       seconds of load before a warm agent is measured, besides the usual (0)
      --repeats N      how often at most a measurement is repeated because something else ran (2)
      --no-warm-up     begin with the first round
      --out FILE       where the result is written, as JSON (target/bench-agent/TIME.json)
      --allow-noise    measure although something else runs; figures are still marked

      contenders: %s
      workloads (by default short,kept,bulk):
      """
              .formatted(Contenders.all())
          + Workloads.describe();

  static Options parse(List<String> arguments) throws UsageException {
    List<String> workloads = List.of();
    List<String> contenders = List.of();
    int rounds = 5;
    double scale = 1;
    int rate = 5_000;
    int settle = 0;
    int repeats = 2;
    boolean warmUp = true;
    boolean noise = false;
    Optional<Path> out = Optional.empty();
    Path repository = Path.of("").toAbsolutePath();
    for (Iterator<String> left = arguments.iterator(); left.hasNext(); ) {
      String option = left.next();
      if (option.equals("--allow-noise")) {
        noise = true;
        continue;
      }
      if (option.equals("--no-warm-up")) {
        warmUp = false;
        continue;
      }
      if (!left.hasNext()) {
        throw new UsageException("'" + option + "' is no option, or lacks its value");
      }
      String value = left.next();
      switch (option) {
        case "--workloads" -> workloads = names(value);
        case "--contenders" -> contenders = names(value);
        case "--rounds" -> rounds = whole(option, value, 1, 1_000);
        case "--scale" -> scale = scale(value);
        case "--repeats" -> repeats = whole(option, value, 0, 100);
        case "--rate" -> rate = whole(option, value, 10, 100_000);
        case "--settle" -> settle = whole(option, value, 0, 3_600);
        case "--out" -> out = Optional.of(Path.of(value));
        case "--repository" -> repository = Path.of(value).toAbsolutePath();
        default -> throw new UsageException("there is no option '" + option + "'");
      }
    }
    try {
      return new Options(
          Workloads.named(workloads),
          Contenders.named(contenders),
          rounds,
          new Extent(scale, rate, settle),
          repeats,
          warmUp,
          noise,
          out,
          repository);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static List<String> names(String value) {
    return Arrays.stream(value.split("[, ]+")).filter(name -> !name.isEmpty()).toList();
  }

  private static int whole(String option, String value, int least, int most) throws UsageException {
    try {
      int number = Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, as a number out of range is.
    }
    throw new UsageException(
        option + " takes a whole number from " + least + " to " + most + ", not '" + value + "'");
  }

  private static double scale(String value) throws UsageException {
    try {
      double number = Double.parseDouble(value);
      if (number > 0 && number <= 100) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    throw new UsageException("--scale takes a number above 0, up to 100, not '" + value + "'");
  }
}
