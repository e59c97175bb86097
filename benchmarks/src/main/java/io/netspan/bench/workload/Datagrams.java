package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Requests over UDP, with flows counted. */
final class Datagrams implements Workload {
  private static final Set<String> CONTENDERS = Set.of(Contenders.UNTRACED, "none", "spans-grpc");
  private static final int SOCKETS = 4;
  private static final int SECONDS = 4;

  private static final String TABLE =
      "64 bytes to and fro over " + SOCKETS + " UDP sockets, --udp on";

  @Override
  public String name() {
    return "udp";
  }

  @Override
  public String what() {
    return "requests over UDP, with --udp on";
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.of(TABLE, "rate", "requests/s", 0).against(Contenders.UNTRACED),
        Measure.of(TABLE, "p50", "p50, us", 1).against(Contenders.UNTRACED),
        Measure.of(TABLE, "p99", "p99, us", 1).against(Contenders.UNTRACED),
        Measure.of(TABLE, "p999", "p99.9, us", 1).against(Contenders.UNTRACED),
        Measure.of(TABLE, "agent", "agent, us/request", 3),
        Measure.of(TABLE, "bpf_ns", "BPF, ns/run", 0));
  }

  @Override
  public boolean suits(Contender contender) {
    return CONTENDERS.contains(contender.name());
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    try (Tracer tracer = trial.start("--udp", "on")) {
      int seconds = trial.extent().seconds(SECONDS);
      trial.lab().datagrams(SOCKETS, 1);
      Window window = trial.measure(tracer, () -> trial.lab().datagrams(SOCKETS, seconds));
      trial.record("rate", window.done().perSecond());
      trial.record("p50", window.done().number("p50_us"));
      trial.record("p99", window.done().number("p99_us"));
      trial.record("p999", window.done().number("p999_us"));
      if (trial.contender().isTracing()) {
        trial.record("agent", window.agentUs());
      }
      trial.measureBpf(tracer, "bpf", () -> trial.lab().datagrams(SOCKETS, 1));
      trial.stop(tracer);
    }
  }
}
