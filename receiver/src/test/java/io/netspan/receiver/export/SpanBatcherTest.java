package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.config.AddressRange;
import io.netspan.config.BatchSettings;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.ConnectionSpans;
import io.netspan.receiver.telemetry.CorrelationPeers;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.telemetry.Keep;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.NoExport;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Spans wait for the identity of their owners, but never so long that other spans are dropped. */
final class SpanBatcherTest {
  private static final int QUEUE = 64;

  private final List<SpanData> exported = new CopyOnWriteArrayList<>();
  private final List<NetworkSpan> spans = new ArrayList<>();
  private final List<WorkloadTable.Completion> completions = new ArrayList<>();
  private final FakeKernel kernel =
      new FakeKernel(
          new EventDecoder(
              new ConnectionTracker(
                  new WorkloadTable(
                      new FakeEnricher()
                          .knows(FakeProcess.CURL.pid(), FakeProcess.CURL.startTime(), "checkout"),
                      Contributors.NONE,
                      new Resources(Attributes.empty()),
                      completions::add),
                  new ConnectionSpans(
                      new SpanSink(new NoExport(), new CollectedSpans(spans), new EpochOffset()),
                      new CorrelationPeers(AddressRange.LOCAL_AND_PRIVATE),
                      new Keep(List.of())),
                  new SplittableRandom(1),
                  1_000)));
  private final SpanBatcher batcher =
      SpanBatcher.start(
          exporter(exported::addAll), new BatchSettings(Duration.ofMillis(1), QUEUE, 1));

  private static SpanExporter exporter(Consumer<Collection<SpanData>> to) {
    return new SpanExporter() {
      @Override
      public CompletableResultCode export(Collection<SpanData> batch) {
        to.accept(batch);
        return CompletableResultCode.ofSuccess();
      }

      @Override
      public CompletableResultCode flush() {
        return CompletableResultCode.ofSuccess();
      }

      @Override
      public CompletableResultCode shutdown() {
        return CompletableResultCode.ofSuccess();
      }
    };
  }

  @AfterEach
  void close() {
    batcher.shutdown().join(10, TimeUnit.SECONDS);
  }

  private void connections(int count) {
    kernel.announce(FakeProcess.CURL);
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
    spans.forEach(batcher::offer);
  }

  private static String service(SpanData span) {
    return String.valueOf(
        span.getResource()
            .getAttribute(io.opentelemetry.api.common.AttributeKey.stringKey("service.name")));
  }

  @Test
  void aSpanIsExportedWithTheCompletedIdentity() {
    connections(3);
    await().until(() -> batcher.waiting() == 2);
    assertThat(exported).isEmpty();
    completions.forEach(WorkloadTable.Completion::run);

    await().until(() -> exported.size() == 3);
    assertThat(exported).allMatch(span -> service(span).equals("checkout"));
    assertThat(batcher.late()).isZero();
  }

  @Test
  void theWaitIsBoundedAndSpansWithoutAnIdentityAreCounted() {
    connections(3);

    await().until(() -> exported.size() == 3);
    assertThat(exported).allMatch(span -> service(span).equals("curl"));
    assertThat(batcher.late()).isEqualTo(3);
    assertThat(batcher.queueFull()).isZero();
  }

  /** Only what makes requests can fill the queue: a backend that does not answer cannot. */
  @Test
  void whatTheQueueCannotTakeIsCounted() {
    Semaphore exports = new Semaphore(0);
    SpanBatcher slow =
        SpanBatcher.start(
            exporter(
                batch -> {
                  exports.acquireUninterruptibly();
                  exported.addAll(batch);
                }),
            new BatchSettings(Duration.ofMillis(1), QUEUE, 1));
    connections(1);
    completions.forEach(WorkloadTable.Completion::run);
    NetworkSpan span = spans.getFirst();
    slow.offer(span);
    await().until(() -> slow.waiting() == 0);
    for (int i = 0; i < QUEUE + 11; i++) {
      slow.offer(span);
    }
    assertThat(slow.queueFull()).isEqualTo(11);
    exports.release(QUEUE + 1);
    slow.shutdown().join(10, TimeUnit.SECONDS);
    assertThat(slow.processed()).isEqualTo(QUEUE + 1);
  }

  @Test
  void spansDoNotWaitForIdentitiesWhenTheQueueIsFillingUp() {
    connections(QUEUE);

    await().until(() -> batcher.late() >= QUEUE / 2 - 1);
    assertThat(batcher.queueFull()).isZero();
    completions.forEach(WorkloadTable.Completion::run);
    await().until(() -> exported.size() == QUEUE);
    assertThat(batcher.late()).isLessThanOrEqualTo(QUEUE);
  }
}
