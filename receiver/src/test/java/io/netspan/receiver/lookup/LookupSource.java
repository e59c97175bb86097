package io.netspan.receiver.lookup;

import io.netspan.receiver.source.Loss;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Source;
import io.netspan.receiver.source.Start;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.telemetry.ServiceResources;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.metrics.Meter;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Reports three look-ups and one lost answer in each session; then the first session fails. */
public final class LookupSource implements Source {
  /** The pid of a process that has ended. */
  public static final int PID = 7;

  public static final long START_TIME = 7;

  private static final long SECOND = 1_000_000_000L;

  private final WorkloadTable workloads;
  private final LookupMetrics metrics;
  private final SpanSink spans;
  private final Turn turn;

  public LookupSource(
      WorkloadTable workloads, Meter meter, ServiceResources services, SpanSink spans, Turn turn) {
    this.workloads = workloads;
    this.metrics = new LookupMetrics(meter, services);
    this.spans = spans;
    this.turn = turn;
  }

  @Override
  public String name() {
    return "look-ups";
  }

  @Override
  public Session start(Start how) {
    return new Lookups(how);
  }

  private void read() {
    Workload asks = workloads.find(PID, START_TIME);
    for (int i = 1; i <= 3; i++) {
      Lookup lookup = new Lookup(asks, i + ".example", true, i * SECOND, (i + 1) * SECOND, i);
      metrics.ended(lookup);
      spans.ended(lookup, LookupSpan.MAKER);
    }
  }

  private final class Lookups implements Session {
    private final Start how;
    private final CountDownLatch stopped = new CountDownLatch(1);

    Lookups(Start how) {
      this.how = how;
    }

    @Override
    public void run() {
      turn.take();
      try {
        read();
      } finally {
        turn.giveBack();
      }
      if (how == Start.FIRST) {
        throw new IllegalStateException("the socket is gone");
      }
      try {
        stopped.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void stop() {
      stopped.countDown();
    }

    @Override
    public void finish() {}

    @Override
    public List<Loss> losses() {
      return List.of(new Loss("lookup", "truncated", 1));
    }

    @Override
    public String describe() {
      return "look-ups by invention";
    }

    @Override
    public void close() {}
  }
}
