package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class BacklogTest {
  private final AtomicLong gauge = new AtomicLong();
  private final Backlog<String> backlog = new Backlog<>(100, gauge::addAndGet);

  private static WaitingRequest<String> request(int bytes) {
    return new WaitingRequest<>(new byte[bytes], true, new Receipt(), _ -> {}, _ -> {});
  }

  @Test
  void theOldestIsTakenFirstAndComesFirstAgain() throws InterruptedException {
    WaitingRequest<String> first = request(10);
    WaitingRequest<String> second = request(10);
    assertThat(backlog.add(first)).isEmpty();
    assertThat(backlog.add(second)).isEmpty();

    assertThat(backlog.take()).isSameAs(first);
    assertThat(backlog.bytes()).isEqualTo(10);
    assertThat(backlog.putBack(first)).isEmpty();
    assertThat(backlog.take()).isSameAs(first);
    backlog.done();
    assertThat(backlog.take()).isSameAs(second);
    backlog.done();
    assertThat(backlog.awaitEmpty(0)).isTrue();
    assertThat(gauge).hasValue(0);
  }

  @Test
  void theOldestIsDroppedFirstAndTheNewestNever() throws InterruptedException {
    WaitingRequest<String> first = request(60);
    WaitingRequest<String> second = request(30);
    WaitingRequest<String> third = request(30);
    WaitingRequest<String> large = request(500);
    backlog.add(first);
    backlog.add(second);
    assertThat(backlog.add(third)).containsExactly(first);
    assertThat(backlog.bytes()).isEqualTo(60);
    assertThat(backlog.add(large)).containsExactly(second, third);
    assertThat(backlog.bytes()).isEqualTo(500);

    assertThat(backlog.take()).isSameAs(large);
    backlog.add(first);
    assertThat(backlog.putBack(large)).containsExactly(large);
    assertThat(backlog.take()).isSameAs(first);
    assertThat(gauge).hasValue(0);
  }

  @Test
  void whatWaitsStaysWithinTheBound() throws InterruptedException {
    SplittableRandom random = new SplittableRandom(1);
    long dropped = 0;
    long taken = 0;
    for (int i = 0; i < 100_000; i++) {
      if (random.nextInt(4) != 0 || backlog.size() == 0) {
        dropped += backlog.add(request(1 + random.nextInt(50))).size();
      } else {
        WaitingRequest<String> request = backlog.take();
        if (request != null && random.nextBoolean()) {
          dropped += backlog.putBack(request).size();
        } else {
          backlog.done();
          taken++;
        }
      }
      assertThat(backlog.bytes()).isBetween(0L, 100L).isEqualTo(gauge.get());
    }
    assertThat(dropped).isPositive();
    assertThat(taken).isPositive();
  }

  @Test
  void aClosedOneEndsTheWaitAndReturnsWhatItGets() throws Exception {
    CompletableFuture<Boolean> taker =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return backlog.take() == null;
              } catch (InterruptedException e) {
                return false;
              }
            });
    assertThat(backlog.close()).isEmpty();
    assertThat(taker.get(10, TimeUnit.SECONDS)).isTrue();
    WaitingRequest<String> late = request(1);
    assertThat(backlog.add(late)).containsExactly(late);
    assertThat(backlog.putBack(late)).containsExactly(late);
    assertThat(gauge).hasValue(0);
  }

  @Test
  void aRequestIsSentAsItWasGiven() {
    SplittableRandom random = new SplittableRandom(1);
    List<Integer> sizes = new ArrayList<>(List.of(0, 1, 100_000));
    for (int size : sizes) {
      byte[] body = new byte[size];
      for (int i = 0; i < size; i++) {
        body[i] = (byte) random.nextInt(4);
      }
      WaitingRequest<String> request =
          new WaitingRequest<>(body, true, new Receipt(), _ -> {}, _ -> {});
      assertThat(request.body()).isEqualTo(body);
      request.pack();
      request.pack();
      assertThat(request.body()).isEqualTo(body);
      assertThat(request.bytes()).isLessThanOrEqualTo(Math.max(16, size / 2));
    }
  }
}
