package io.netspan.bench;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.machine.Machine;
import io.netspan.bench.machine.Quiet;
import io.netspan.bench.result.Result;
import io.netspan.bench.result.Result.Measured;
import io.netspan.bench.result.Sample;
import io.netspan.bench.workload.Extent;
import io.netspan.bench.workload.Lab;
import io.netspan.bench.workload.Trial;
import io.netspan.bench.workload.Workload;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs the contenders in turn, A B C, A B C: what changes on the machine meets all of them. */
final class Rounds {
  private static final double WARM_UP = 0.25;

  private final Options options;
  private final Lab lab;
  private final Quiet quiet;
  private final PrintStream progress;
  private final String started =
      OffsetDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS).toString();
  private final Map<String, List<Measured>> measures = new LinkedHashMap<>();
  private final List<Contender> contenders = new ArrayList<>();
  private final List<String> missing = new ArrayList<>(Contenders.NOT_TO_BE_HAD);
  private final List<String> warnings;
  private final List<Sample> samples = new ArrayList<>();

  /**
   * Rounds that have not begun.
   *
   * @param warnings what is known to be wrong already
   */
  Rounds(Options options, Lab lab, Quiet quiet, List<String> warnings, PrintStream progress) {
    this.options = options;
    this.lab = lab;
    this.quiet = quiet;
    this.warnings = new ArrayList<>(warnings);
    this.progress = progress;
    for (Contender contender : options.contenders()) {
      Contenders.missing(contender).ifPresentOrElse(missing::add, () -> contenders.add(contender));
    }
  }

  /**
   * Runs all rounds, and writes what there is after each, since a run that is interrupted has
   * figures too.
   */
  Result run(Path file) throws IOException, InterruptedException {
    Map<String, String> machine = Machine.describe(options.repository());
    for (Workload workload : options.workloads()) {
      measures.put(workload.name(), workload.measures().stream().map(Measured::of).toList());
      for (int round = options.warmUp() ? 0 : 1; round <= options.rounds(); round++) {
        round(workload, round);
        result(machine, List.of("the run did not come to its end")).write(file);
      }
    }
    Result result = result(machine, List.of());
    result.write(file);
    return result;
  }

  private Result result(Map<String, String> machine, List<String> more) {
    List<String> all = new ArrayList<>(warnings);
    all.addAll(more);
    long disturbed = samples.stream().filter(one -> !one.disturbances().isEmpty()).count();
    if (disturbed != 0) {
      all.add(
          "something else ran during "
              + disturbed
              + " of "
              + samples.size()
              + " measurements (contenders marked *), the first time: "
              + firstDisturbance());
    }
    return new Result(Result.FORMAT, started, machine, settings(), measures, missing, all, samples);
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("rounds", Integer.toString(options.rounds()));
    settings.put("scale", Double.toString(options.extent().scale()));
    settings.put("rate", Integer.toString(options.extent().rate()));
    settings.put("settle", Integer.toString(options.extent().settleSeconds()));
    return settings;
  }

  private String firstDisturbance() {
    return samples.stream()
        .filter(one -> !one.disturbances().isEmpty())
        .findFirst()
        .map(one -> String.join("; ", one.disturbances()))
        .orElse("");
  }

  /** Round 0 warms up, for a shorter time, and is not recorded. */
  private void round(Workload workload, int round) throws IOException, InterruptedException {
    Map<String, Double> ofEmpty = Map.of();
    Extent extent = round == 0 ? options.extent().part(WARM_UP) : options.extent();
    for (Contender contender : contenders) {
      if (!workload.suits(contender)) {
        continue;
      }
      progress.printf(
          "%s, %s: %s%n",
          workload.name(),
          round == 0 ? "warm-up" : "round " + round + " of " + options.rounds(),
          contender.name());
      Trial trial;
      try {
        trial = trial(workload, contender, extent, ofEmpty);
      } catch (IOException e) {
        warnings.add(
            contender.name()
                + " was not measured under "
                + workload.name()
                + " in round "
                + round
                + ": "
                + e.getMessage());
        continue;
      }
      if (contender.name().equals(Contenders.EMPTY)) {
        ofEmpty = trial.figures();
      }
      if (round != 0) {
        samples.add(
            new Sample(
                round, workload.name(), contender.name(), trial.figures(), trial.disturbances()));
      }
    }
  }

  private Trial trial(
      Workload workload, Contender contender, Extent extent, Map<String, Double> ofEmpty)
      throws IOException, InterruptedException {
    for (int repeat = 0; ; repeat++) {
      Trial trial = new Trial(lab, extent, quiet, contender, ofEmpty);
      workload.run(trial);
      if (trial.disturbances().isEmpty() || options.noise() || repeat == options.repeats()) {
        return trial;
      }
      progress.println("  again, since " + String.join("; ", trial.disturbances()));
    }
  }
}
