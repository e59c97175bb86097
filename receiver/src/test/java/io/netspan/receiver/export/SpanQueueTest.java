package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.SpanOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class SpanQueueTest {
  private static List<NetworkSpan> spans(int count) {
    List<NetworkSpan> all = new ArrayList<>();
    FakeKernel kernel =
        FakeSpans.into(
            new SpanOutput() {
              @Override
              public boolean wants(long nowNs) {
                return true;
              }

              @Override
              public void accept(NetworkSpan span) {
                all.add(span);
              }
            });
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
    return all;
  }

  @Test
  void aQueueHoldsAsManySpansAsItsCapacity() {
    SpanQueue queue = new SpanQueue(3);
    List<NetworkSpan> spans = spans(5);
    for (int round = 0; round < 4; round++) {
      assertThat(queue.poll()).isNull();
      for (int i = 0; i < 5; i++) {
        assertThat(queue.offer(spans.get(i))).isEqualTo(i < 3);
      }
      assertThat(queue.size()).isEqualTo(3);
      for (int i = 0; i < 3; i++) {
        assertThat(queue.poll()).isSameAs(spans.get(i));
      }
      assertThat(queue.size()).isZero();
    }
  }

  @Test
  void twoThreadsLoseNothingAndKeepTheOrder() {
    SpanQueue queue = new SpanQueue(7);
    List<NetworkSpan> spans = spans(10);
    int count = 200_000;
    CompletableFuture<Integer> reader =
        CompletableFuture.supplyAsync(
            () -> {
              int inOrder = 0;
              while (inOrder < count) {
                NetworkSpan span = queue.poll();
                if (span == null) {
                  Thread.onSpinWait();
                } else if (!span.equals(spans.get(inOrder++ % 10))) {
                  return -1;
                }
              }
              return inOrder;
            });
    for (int i = 0; i < count; ) {
      if (queue.offer(spans.get(i % 10))) {
        i++;
      } else {
        Thread.onSpinWait();
      }
    }

    assertThat(reader.join()).isEqualTo(count);
  }
}
