package io.netspan.bench.workload;

import io.netspan.bench.contender.Contender;
import io.netspan.bench.contender.Contenders;
import io.netspan.bench.result.Measure;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** Processes that connect once and end. */
final class ShortProcesses implements Workload {
  private static final Set<String> CONTENDERS =
      Set.of(Contenders.UNTRACED, "floor", "none", "spans-grpc");
  private static final int COUNT = 10_000;

  private static final String TABLE = "processes that connect once";

  @Override
  public String name() {
    return "processes";
  }

  @Override
  public String what() {
    return COUNT + " processes that connect once, twice over: cold and warm";
  }

  @Override
  public List<Measure> measures() {
    return List.of(
        Measure.of(TABLE, "rate", "processes/s, warm", 0).against(Contenders.UNTRACED),
        Measure.of(TABLE, "cold_agent", "agent, us/process, cold", 0),
        Measure.of(TABLE, "warm_agent", "agent, us/process, warm", 0),
        Measure.of(TABLE, "rss_mb", "RSS, MB", 0),
        Measure.of(TABLE, "lost", "events and spans lost", 0));
  }

  @Override
  public boolean suits(Contender contender) {
    return CONTENDERS.contains(contender.name());
  }

  @Override
  public void run(Trial trial) throws IOException, InterruptedException {
    int count = trial.extent().count(COUNT);
    try (Tracer tracer = trial.start()) {
      Window cold = trial.measure(tracer, () -> trial.lab().processes(count));
      Window warm = trial.measure(tracer, () -> trial.lab().processes(count));
      trial.record("rate", warm.done().perSecond());
      if (trial.contender().isTracing()) {
        trial.record("cold_agent", cold.agentUs());
        trial.record("warm_agent", warm.agentUs());
        trial.record("rss_mb", tracer.residentMb());
      }
      trial.stop(tracer);
    }
  }
}
