package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.machine.BpfProgram;
import io.netspan.bench.machine.BpfPrograms;
import io.netspan.bench.machine.BpfRuns;
import io.netspan.bench.machine.BpfStats;
import io.netspan.bench.machine.Quiet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** One contender under one workload in one round: what a workload measures with, and records in. */
public final class Trial {
  /** A load, from its beginning to its end. */
  @FunctionalInterface
  interface Load {
    Lab.Done run() throws IOException, InterruptedException;
  }

  private final Lab lab;
  private final Extent extent;
  private final Quiet quiet;
  private final Contender contender;
  private final Map<String, Double> ofEmpty;
  private final Map<String, Double> figures = new LinkedHashMap<>();
  private final List<String> disturbances = new ArrayList<>();

  /**
   * A trial that has not begun.
   *
   * @param ofEmpty the figures of the empty program in the same round
   */
  public Trial(
      Lab lab, Extent extent, Quiet quiet, Contender contender, Map<String, Double> ofEmpty) {
    this.lab = lab;
    this.extent = extent;
    this.quiet = quiet;
    this.contender = contender;
    this.ofEmpty = ofEmpty;
  }

  Lab lab() {
    return lab;
  }

  Extent extent() {
    return extent;
  }

  Contender contender() {
    return contender;
  }

  /**
   * Starts the contender.
   *
   * @param options of netspan
   */
  Tracer start(String... options) throws IOException, InterruptedException {
    return Tracer.start(lab.tools(), contender, List.of(options));
  }

  /** Runs a load, and measures the CPU time meanwhile. */
  Window measure(Tracer tracer, Load load) throws IOException, InterruptedException {
    Quiet.Watch watch = quiet.watch();
    double agent = tracer.cpuSeconds();
    double sink = tracer.sinkCpuSeconds();
    double jit = tracer.jitSeconds();
    Lab.Done done = load.run();
    Window window =
        new Window(
            done,
            tracer.cpuSeconds() - agent,
            tracer.sinkCpuSeconds() - sink,
            Math.max(0, tracer.jitSeconds() - jit));
    finish(tracer, watch, done);
    return window;
  }

  private void finish(Tracer tracer, Quiet.Watch watch, Lab.Done done)
      throws IOException, InterruptedException {
    disturbances.addAll(watch.disturbances(tracer.programs()));
    done.failure().ifPresent(disturbances::add);
  }

  /**
   * Runs a load while the kernel measures BPF programs. Records what it measured per run, and what
   * the programs took per connection beyond what an empty program does.
   *
   * @param name of the figures: {@code name_ns} and {@code name_us}
   */
  void measureBpf(Tracer tracer, String name, Load load) throws IOException, InterruptedException {
    Set<Integer> programs = tracer.programs();
    if (programs.isEmpty()) {
      return;
    }
    Quiet.Watch watch = quiet.watch();
    Lab.Done done;
    List<BpfRuns> runs;
    try (BpfStats _ = new BpfStats()) {
      Map<Integer, BpfProgram> before = BpfPrograms.list();
      done = load.run();
      runs = BpfPrograms.between(before, BpfPrograms.list(), programs);
    }
    finish(tracer, watch, done);
    record(name + "_ns", BpfRuns.nsPerRun(runs));
    Double empty = ofEmpty.get(name + "_ns");
    if (empty != null && done.count() > 0) {
      record(name + "_us", BpfRuns.netNs(runs, empty) / 1e3 / (double) done.count());
    }
  }

  void record(String measure, double value) {
    figures.put(measure, value);
  }

  void record(String measure, OptionalDouble value) {
    value.ifPresent(figure -> record(measure, figure));
  }

  /** Stops the contender, and records what it lost as {@code lost} and {@code spans_lost}. */
  void stop(Tracer tracer) throws IOException, InterruptedException {
    tracer
        .peakMb()
        .filter(_ -> contender.isTracing())
        .ifPresent(megabytes -> record("peak_mb", megabytes));
    String said = tracer.stop();
    if (contender.isNetspan()) {
      ClosingLine line =
          ClosingLine.in(said)
              .orElseThrow(() -> new IOException("netspan ended without its totals: " + said));
      record("lost", (double) line.lost());
      record("spans_lost", line.spansLostPercent());
    }
  }

  public Map<String, Double> figures() {
    return figures;
  }

  public List<String> disturbances() {
    return disturbances.stream().distinct().toList();
  }
}
