package io.netspan.receiver.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.netspan.receiver.otlp.TraceRequest;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.Scope;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The thread that has the turn leaves nothing for the collector unless somebody wants a span. */
final class AllocationTest {
  private static final int WARM_UP = 400;
  private static final int ROUNDS = 200;

  /** What reading the counter and a late compilation may cost, over all rounds. */
  private static final long NOISE = 64 * 1024;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static long allocatedBy(EventTape tape, Pipeline pipeline) {
    for (int i = 0; i < WARM_UP; i++) {
      tape.playTo(pipeline.decoder);
    }
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < ROUNDS; i++) {
      tape.playTo(pipeline.decoder);
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  @Test
  void aConnectionThatIsNotExportedAsASpanAllocatesNothing() {
    EventTape tape = new EventTape();
    Pipeline pipeline = Pipeline.metricsOnly();

    assertThat(allocatedBy(tape, pipeline)).isLessThan(NOISE);
    assertThat(pipeline.tracker.ended()).isEqualTo((long) (WARM_UP + ROUNDS) * EventTape.SIDES);
    assertThat(pipeline.metrics.collectAllMetrics()).hasSize(10);
  }

  @Test
  void aConnectionPastTheSeriesLimitAllocatesNothing() {
    EventTape tape = new EventTape();

    assertThat(allocatedBy(tape, Pipeline.pastTheSeriesLimit())).isLessThan(NOISE);
  }

  @Test
  void aSpanAllocatesLittle() {
    EventTape tape = new EventTape();
    long sides = (long) ROUNDS * EventTape.SIDES;
    long[] made = new long[1];
    Pipeline pipeline = Pipeline.withSpans(span -> made[0]++);

    // The span with its context; a server's with its parent's.
    assertThat(allocatedBy(tape, pipeline)).isLessThan(400 * sides + NOISE);
    assertThat(made[0]).isEqualTo((long) (WARM_UP + ROUNDS) * EventTape.SIDES);
  }

  /** Of the spans' attributes nothing is allocated but the request itself. */
  @Test
  void encodingSpansAllocatesLittleMoreThanTheRequest() {
    EventTape tape = new EventTape();
    List<NetworkSpan> batch = new ArrayList<>();
    tape.playTo(Pipeline.withSpans(batch::add).decoder);
    TraceRequest request = new TraceRequest(Scope.NETSPAN);
    for (int i = 0; i < WARM_UP; i++) {
      assertThat(request.encode(batch)).isNotEmpty();
    }

    long before = THREADS.getCurrentThreadAllocatedBytes();
    int size = request.encode(batch).length;
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;

    // The name of each span and its event, and the groups by Resource.
    assertThat(allocated).isLessThan(size + 256L * batch.size() + NOISE);
  }
}
