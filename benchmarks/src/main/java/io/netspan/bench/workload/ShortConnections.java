package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.machine.Waiting;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Connections with one request each: at a fixed rate when the agent is cold and warm, and as many
 * as possible.
 */
final class ShortConnections implements Workload {
  private static final int COLD_SECONDS = 15;
  private static final int WARM_UP_SECONDS = 2;
  private static final int SECONDS = 4;
  private static final int BPF_SECONDS = 2;
  private static final Duration DELIVERY = Duration.ofSeconds(15);

  private static final String FULL = "at full rate";
  private static final String FIXED = "at the fixed rate, us per connection (both ends)";
  private static final String REST = "memory, and what was lost";

  @Override
  public String name() {
    return "short";
  }

  @Override
  public String what() {
    return "short connections, at full rate and at a fixed rate, cold and warm";
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.of(FULL, "rate", "connections/s", 0).against(Contenders.UNTRACED),
        Measure.of(FULL, "full_us", "BPF, net, us/connection", 2),
        Measure.of(FULL, "full_ns", "BPF, ns/run", 0),
        Measure.of(FULL, "full_agent", "agent, us/connection", 2),
        Measure.of(FULL, "full_sink", "sink, us/connection", 2),
        Measure.of(FIXED, "cold_agent", "agent, cold", 1),
        Measure.of(FIXED, "cold_jit", "of it JIT", 1),
        Measure.of(FIXED, "warm_agent", "agent, warm", 2),
        Measure.of(FIXED, "warm_jit", "of it JIT", 2),
        Measure.of(FIXED, "warm_us", "BPF, net", 2),
        Measure.of(FIXED, "warm_sum", "BPF and agent", 2).against(Contenders.TCPLIFE),
        Measure.of(FIXED, "warm_sink", "sink", 2),
        Measure.of(FIXED, "p99", "p99 of a connection", 0).against(Contenders.UNTRACED),
        Measure.of(REST, "rss_mb", "RSS, MB", 0),
        Measure.of(REST, "peak_mb", "peak of the cgroup, MB", 0),
        Measure.of(REST, "spans_per_connection", "spans arrived per connection, cold", 4),
        Measure.of(REST, "spans_lost", "spans lost in all, %", 2),
        Measure.of(REST, "lost", "events and spans lost", 0));
  }

  @Override
  public boolean suits(Contender contender) {
    return true;
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    try (Tracer tracer = trial.start()) {
      boolean empty = trial.contender().name().equals(Contenders.EMPTY);
      if (trial.contender().isNetspan()) {
        cold(trial, tracer);
      }
      if (!empty) {
        full(trial, tracer);
      }
      trial.measureBpf(tracer, "full", () -> trial.lab().fullRate(seconds(trial, BPF_SECONDS)));
      if (!empty) {
        warm(trial, tracer);
      }
      trial.measureBpf(tracer, "warm", () -> paced(trial, BPF_SECONDS));
      Double bpf = trial.figures().get("warm_us");
      Double agent = trial.figures().get("warm_agent");
      if (bpf != null && agent != null) {
        trial.record("warm_sum", bpf + agent);
      }
      trial.stop(tracer);
    }
  }

  private static void cold(Trial trial, Tracer tracer) throws IOException, InterruptedException {
    Window cold = trial.measure(tracer, () -> paced(trial, COLD_SECONDS));
    trial.record("cold_agent", cold.agentUs());
    trial.record("cold_jit", cold.jitUs());
    if (trial.contender().exportsAll()) {
      long expected = 2 * cold.done().count();
      long arrived = awaitSpans(tracer.sink().orElseThrow(), expected);
      trial.record("spans_per_connection", (double) arrived / cold.done().count());
    }
  }

  /** Waits for this many spans, and returns how many came. */
  private static long awaitSpans(Sink sink, long expected)
      throws IOException, InterruptedException {
    long[] arrived = {0};
    boolean _ =
        Waiting.until(
            DELIVERY,
            () -> {
              arrived[0] += sink.arrived().path("spans").asLong();
              return arrived[0] >= expected;
            });
    return arrived[0];
  }

  private static void full(Trial trial, Tracer tracer) throws IOException, InterruptedException {
    trial.lab().fullRate(seconds(trial, WARM_UP_SECONDS));
    Window full = trial.measure(tracer, () -> trial.lab().fullRate(seconds(trial, SECONDS)));
    trial.record("rate", full.done().perSecond());
    if (trial.contender().isTracing()) {
      trial.record("full_agent", full.agentUs());
    }
    if (trial.contender().protocol().isPresent()) {
      trial.record("full_sink", full.sinkUs());
    }
  }

  private static void warm(Trial trial, Tracer tracer) throws IOException, InterruptedException {
    trial.lab().paced(trial.extent().rate(), 1 + trial.extent().settleSeconds());
    Window warm = trial.measure(tracer, () -> paced(trial, SECONDS));
    trial.record("p99", warm.done().number("p99_us"));
    if (!trial.contender().isTracing()) {
      return;
    }
    trial.record("warm_agent", warm.agentUs());
    trial.record("rss_mb", tracer.residentMb());
    if (trial.contender().isNetspan()) {
      trial.record("warm_jit", warm.jitUs());
    }
    if (trial.contender().protocol().isPresent()) {
      trial.record("warm_sink", warm.sinkUs());
    }
  }

  private static Lab.Done paced(Trial trial, int usual) throws IOException, InterruptedException {
    return trial.lab().paced(trial.extent().rate(), seconds(trial, usual));
  }

  private static int seconds(Trial trial, int usual) {
    return trial.extent().seconds(usual);
  }
}
