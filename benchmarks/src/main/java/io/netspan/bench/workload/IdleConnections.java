package io.netspan.bench.workload;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.netspan.bench.contender.Contender;
import io.netspan.bench.machine.Waiting;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Open connections that carry nothing: what a pass over them costs, and the memory they take. */
final class IdleConnections implements Workload {
  private static final List<Integer> COUNTS = List.of(1_000, 10_000, 100_000);
  private static final int INTERVAL_SECONDS = 2;
  private static final int PASSES = 5;

  @Override
  public String name() {
    return "idle";
  }

  @Override
  public String what() {
    return "1,000, 10,000 and 100,000 open connections: CPU time of a pass, memory";
  }

  @Override
  public List<Measure> measures() {
    List<Measure> measures = new ArrayList<>();
    for (int count : COUNTS) {
      String table = String.format("%,d open connections (two sides each)", count);
      measures.add(Measure.of(table, "pass_ms_" + count, "agent, ms/pass", 1));
      measures.add(Measure.of(table, "rss_mb_" + count, "RSS, MB", 0));
    }
    return measures;
  }

  @Override
  public boolean suits(Contender contender) {
    return contender.name().equals("none");
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    for (int count : COUNTS) {
      measure(trial, count);
    }
  }

  private static void measure(Trial trial, int count) throws IOException, InterruptedException {
    try (Tracer tracer = trial.start("--snapshot-interval", INTERVAL_SECONDS + "s")) {
      try (OpenConnections _ = trial.lab().open(trial.extent().count(count))) {
        Waiting.pause(Duration.ofSeconds(2 * INTERVAL_SECONDS)); // a pass that finds them all
        int passes = Math.max(1, trial.extent().count(PASSES));
        Window window = trial.measure(tracer, () -> idle(passes * INTERVAL_SECONDS));
        trial.record("pass_ms_" + count, window.agentSeconds() * 1e3 / passes);
        trial.record("rss_mb_" + count, tracer.residentMb());
      }
      trial.stop(tracer);
    }
  }

  private static Lab.Done idle(int seconds) throws InterruptedException {
    Waiting.pause(Duration.ofSeconds(seconds));
    return new Lab.Done(0, seconds, JsonNodeFactory.instance.objectNode());
  }
}
