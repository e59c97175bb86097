package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Requests over connections that stay open. */
final class KeptConnections implements Workload {
  private static final Set<String> CONTENDERS =
      Set.of(Contenders.UNTRACED, "floor", "none", "spans-grpc");
  private static final int CONNECTIONS = 20;
  private static final int SECONDS = 4;

  private static final String TABLE = "64 bytes to and fro over " + CONNECTIONS + " connections";

  @Override
  public String name() {
    return "kept";
  }

  @Override
  public String what() {
    return "requests over connections that stay open: p50, p99, p99.9";
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.of(TABLE, "rate", "requests/s", 0).against(Contenders.UNTRACED),
        Measure.of(TABLE, "p50", "p50, us", 0).against(Contenders.UNTRACED),
        Measure.of(TABLE, "p99", "p99, us", 0).against(Contenders.UNTRACED),
        Measure.of(TABLE, "p999", "p99.9, us", 0).against(Contenders.UNTRACED));
  }

  @Override
  public boolean suits(Contender contender) {
    return CONTENDERS.contains(contender.name());
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    try (Tracer tracer = trial.start()) {
      trial.lab().requests(CONNECTIONS, 1);
      Window window =
          trial.measure(
              tracer, () -> trial.lab().requests(CONNECTIONS, trial.extent().seconds(SECONDS)));
      trial.record("rate", window.done().perSecond());
      trial.record("p50", window.done().number("p50_us"));
      trial.record("p99", window.done().number("p99_us"));
      trial.record("p999", window.done().number("p999_us"));
      trial.stop(tracer);
    }
  }
}
