package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** As many bytes as possible over one connection. */
final class Bulk implements Workload {
  private static final Set<String> CONTENDERS =
      Set.of(Contenders.UNTRACED, "floor", "none", "spans-grpc");
  private static final int SECONDS = 4;

  @Override
  public String name() {
    return "bulk";
  }

  @Override
  public String what() {
    return "as many bytes as possible over one connection";
  }

  @Override
  public List<Measure> measures() {
    return List.of(Measure.of("one connection", "rate", "GB/s", 2).against(Contenders.UNTRACED));
  }

  @Override
  public boolean suits(Contender contender) {
    return CONTENDERS.contains(contender.name());
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    try (Tracer tracer = trial.start()) {
      trial.lab().bulk(1);
      Window window =
          trial.measure(tracer, () -> trial.lab().bulk(trial.extent().seconds(SECONDS)));
      trial.record("rate", window.done().perSecond() / 1e9);
      trial.stop(tracer);
    }
  }
}
