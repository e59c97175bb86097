package io.netspan.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.bpf.RecordConsumer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A producer on a separate thread that follows the kernel's protocol, adaptive notification
 * included: a reader that misses a notification would hang.
 */
final class RingBufferStressTest {

  private static final int RECORDS = 500_000;

  /** Rings only when the kernel would: the record is at the reader's published position. */
  private static final class Bell implements Doorbell {

    private final Semaphore rung = new Semaphore(0);

    @Override
    public boolean await(int timeoutMillis) {
      try {
        boolean woken = rung.tryAcquire(timeoutMillis, TimeUnit.MILLISECONDS);
        rung.drainPermits();
        return woken;
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void ring() {
      rung.release();
    }

    @Override
    public void close() {}
  }

  private static final class Reader implements RecordConsumer {

    private long next;

    @Override
    public void record(MemorySegment ring, long offset, int length) {
      long number = ring.get(ValueLayout.JAVA_LONG, offset);
      long last = ring.get(ValueLayout.JAVA_LONG, offset + length - 8);
      if (number != next || last != next || length != length(next)) {
        throw new AssertionError(next + " expected, got " + number + ".." + last);
      }
      next++;
      if (discarded(next)) {
        next++;
      }
    }
  }

  private static int length(long number) {
    return 8 * (1 + (int) (number % 13));
  }

  private static boolean discarded(long number) {
    return number % 17 == 16;
  }

  @Test
  @Timeout(60)
  void nothingIsLostTornOrMissed() throws Exception {
    try (Arena arena = Arena.ofShared();
        ExecutorService producer = Executors.newSingleThreadExecutor()) {
      TestRing ring = new TestRing(arena, 4096, -10_000L);
      Bell bell = new Bell();
      RingBuffer buffer = new RingBuffer(ring.memory(() -> {}), bell);
      Future<?> produced = producer.submit(() -> produce(ring, bell));
      Reader reader = new Reader();
      int consumed = 0;
      int missed = 0;
      while (consumed < RECORDS) {
        int drained = buffer.drain(reader, 100);
        consumed += drained;
        if (drained == 0 && consumed < RECORDS && !buffer.await(10_000)) {
          missed++;
        }
      }
      produced.get();
      assertThat(missed).as("notifications").isZero();
      assertThat(buffer.corrupt()).isZero();
      assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
    }
  }

  private static void produce(TestRing ring, Bell bell) {
    for (long number = 0; number < RECORDS; number++) {
      int length = length(number);
      long record = ring.reserve(length);
      while (record == -1) {
        LockSupport.parkNanos(1_000);
        record = ring.reserve(length);
      }
      if (discarded(number)) {
        ring.discard(record, length);
      } else {
        ring.submit(record, length, number);
      }
      if (ring.consumerPosition() == record) {
        bell.ring();
      }
    }
  }

  private static final int ROUNDS = 200_000;
  private static final int LENGTH = 8;

  /** For machines with a single CPU, where each round takes time slices. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A barrier for the two threads that spins, since handing over a lock would take too long. */
  private static final class Meeting {

    private final AtomicInteger arrived = new AtomicInteger();

    void meet(int times) {
      arrived.incrementAndGet();
      while (arrived.get() < 2 * times) {
        Thread.onSpinWait();
      }
    }
  }

  private final Meeting start = new Meeting();
  private final Meeting end = new Meeting();
  private final Meeting checked = new Meeting();
  private final AtomicBoolean notified = new AtomicBoolean();
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * Only the race that the full fence prevents: a record is submitted while the reader, which has
   * just read the record before, publishes that it has caught up.
   */
  @Test
  @Timeout(60)
  void theReaderSeesTheRecordOrItsProducerSeesTheReader() throws Exception {
    try (Arena arena = Arena.ofShared();
        ExecutorService producer = Executors.newSingleThreadExecutor()) {
      TestRing ring = new TestRing(arena, 4096, 0);
      RingBuffer buffer = new RingBuffer(ring.memory(() -> {}), new FakeDoorbell());
      Future<?> produced = producer.submit(() -> race(ring));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      int lost = 0;
      for (int round = 1; !over.get(); round++) {
        start.meet(round);
        delay(round % 7);
        buffer.drain((_, _, _) -> {}, Integer.MAX_VALUE);
        end.meet(round);
        lost += buffer.pendingBytes() > 0 && !notified.get() ? 1 : 0;
        buffer.drain((_, _, _) -> {}, Integer.MAX_VALUE);
        over.set(round == ROUNDS || System.nanoTime() > deadline);
        checked.meet(round);
      }
      produced.get();
      assertThat(lost).isZero();
    }
  }

  private void race(TestRing ring) {
    for (int round = 1; !over.get(); round++) {
      ring.put(LENGTH, 1);
      start.meet(round);
      delay(round % 11);
      long record = ring.reserve(LENGTH);
      ring.submit(record, LENGTH, 2);
      notified.set(ring.consumerPosition() == record);
      end.meet(round);
      checked.meet(round);
    }
  }

  private static void delay(int steps) {
    for (int i = 0; i < steps; i++) {
      Thread.onSpinWait();
    }
  }
}
