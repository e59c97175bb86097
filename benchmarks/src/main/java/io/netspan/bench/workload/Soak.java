package io.netspan.bench.workload;

import com.fasterxml.jackson.databind.JsonNode;
import io.netspan.bench.contender.Contender;
import io.netspan.bench.machine.Waiting;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Half an hour at the fixed rate: whether memory stays flat, and how late spans are delivered. */
final class Soak implements Workload {
  private static final Set<String> CONTENDERS = Set.of("none", "spans-grpc", "spans-http");

  /** Minutes of the run after which memory is read, at scale 1. */
  private static final List<Integer> MINUTES = List.of(1, 5, 10, 20, 30);

  private static final Duration DELIVERY = Duration.ofSeconds(10);
  private static final String MEMORY = "RSS in MB after minutes";
  private static final String DELAY = "from the end of a span to its arrival, and what was lost";

  @Override
  public String name() {
    return "soak";
  }

  @Override
  public String what() {
    return "30 minutes at the fixed rate: memory, delay of delivery";
  }

  @Override
  public List<Measure> measures() {
    List<Measure> measures = new ArrayList<>();
    for (int minute : MINUTES) {
      measures.add(Measure.of(MEMORY, "rss_mb_" + minute, Integer.toString(minute), 0));
    }
    measures.add(Measure.of(MEMORY, "peak_mb", "peak of the cgroup, MB", 0));
    measures.add(Measure.of(MEMORY, "agent", "agent, us/connection, last part", 2));
    measures.add(Measure.of(DELAY, "delay_p50_ms", "p50, ms", 0));
    measures.add(Measure.of(DELAY, "delay_p99_ms", "p99, ms", 0));
    measures.add(Measure.of(DELAY, "delay_max_ms", "longest, ms", 0));
    measures.add(Measure.of(DELAY, "spans_per_connection", "spans arrived per connection", 4));
    measures.add(Measure.of(DELAY, "lost", "events and spans lost", 0));
    return measures;
  }

  @Override
  public boolean suits(Contender contender) {
    return CONTENDERS.contains(contender.name());
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    try (Tracer tracer = trial.start()) {
      long connections = 0;
      int before = 0;
      for (int minute : MINUTES) {
        int seconds = trial.extent().seconds(60 * (minute - before));
        Window window =
            trial.measure(tracer, () -> trial.lab().paced(trial.extent().rate(), seconds));
        trial.record("rss_mb_" + minute, tracer.residentMb());
        trial.record("agent", window.agentUs());
        connections += window.done().count();
        before = minute;
      }
      if (trial.contender().exportsAll()) {
        Waiting.pause(DELIVERY);
        arrived(trial, tracer.sink().orElseThrow().arrived(), connections);
      }
      trial.stop(tracer);
    }
  }

  private static void arrived(Trial trial, JsonNode arrived, long connections) {
    for (String name : List.of("delay_p50_ms", "delay_p99_ms", "delay_max_ms")) {
      trial.record(name, arrived.path(name).asDouble());
    }
    trial.record("spans_per_connection", arrived.path("spans").asDouble() / connections);
  }
}
