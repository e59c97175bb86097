package io.netspan.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the protocol over plain memory, from various start positions. */
final class RingBufferTest {

  private static final int ALL = Integer.MAX_VALUE;
  private static final int SIZE = 4096;

  private final FakeDoorbell doorbell = new FakeDoorbell();
  private final List<Long> seen = new ArrayList<>();
  private final List<Integer> lengths = new ArrayList<>();
  private int released;
  private TestRing ring = newRing(0);
  private RingBuffer buffer = newBuffer();

  private static TestRing newRing(long start) {
    return new TestRing(Arena.ofAuto(), SIZE, start);
  }

  private RingBuffer newBuffer() {
    return new RingBuffer(ring.memory(() -> released++), doorbell);
  }

  private void startAt(long position) {
    ring = newRing(position);
    buffer = newBuffer();
  }

  /** Keeps the first number of each record, and checks that the others are the same. */
  private void keep(MemorySegment segment, long offset, int length) {
    lengths.add(length);
    if (length >= 8) {
      seen.add(segment.get(ValueLayout.JAVA_LONG, offset));
    }
    for (int i = 0; i + 8 <= length; i += 8) {
      assertThat(segment.get(ValueLayout.JAVA_LONG, offset + i)).isEqualTo(seen.getLast());
    }
  }

  @Test
  void anEmptyRingGivesNothing() {
    assertThat(buffer.drain(this::keep, ALL)).isZero();
    assertThat(seen).isEmpty();
    assertThat(buffer.pendingBytes()).isZero();
    assertThat(buffer.capacity()).isEqualTo(SIZE);
  }

  @Test
  void recordsComeInOrderAndTheirSpaceIsGivenBack() {
    ring.put(16, 1);
    ring.put(24, 2);
    ring.put(8, 3);
    assertThat(buffer.pendingBytes()).isEqualTo(24 + 32 + 16);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(3);
    assertThat(seen).containsExactly(1L, 2L, 3L);
    assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
    assertThat(buffer.pendingBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, SIZE - 8, SIZE - 48, -24})
  void pendingRecordsAreThoseThatNobodyHasConsumed(long start) {
    startAt(start);
    assertThat(buffer.pendingRecords()).isZero();
    ring.put(16, 1);
    long unfinished = ring.reserve(24);
    ring.put(9, 3);
    assertThat(buffer.pendingRecords()).isEqualTo(3);

    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(1);
    assertThat(buffer.pendingRecords()).isEqualTo(2);

    ring.submit(unfinished, 24, 2);
    assertThat(buffer.drain(this::keep, 1)).isEqualTo(1);
    assertThat(buffer.pendingRecords()).isEqualTo(1);
    buffer.drain(this::keep, ALL);
    assertThat(buffer.pendingRecords()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 8, 9, 15, 16, 17})
  void lengthsAreExactThoughSpaceIsRoundedUp(int length) {
    ring.put(length, 1);
    ring.put(8, 2);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(2);
    assertThat(lengths).containsExactly(length, 8);
    assertThat(ring.consumerPosition()).isEqualTo(((length + 7) / 8 * 8 + 8) + 16);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        SIZE - 8, // header last, the rest in the second mapping
        SIZE - 16,
        SIZE - 48,
        (1L << 32) - 24,
        (1L << 40) + 8,
        Long.MAX_VALUE - 7 - 24, // signed overflow
        -24, // 2^64 - 24: the position itself overflows
        -8
      })
  void recordsCrossEveryBoundary(long start) {
    startAt(start);
    for (long lap = 0; lap < 100; lap++) {
      ring.put(40, 2 * lap);
      ring.put(24, 2 * lap + 1);
      assertThat(buffer.drain(this::keep, ALL)).isEqualTo(2);
    }
    assertThat(seen).hasSize(200).isSorted().doesNotHaveDuplicates();
    assertThat(buffer.corrupt()).isZero();
    assertThat(ring.consumerPosition()).isEqualTo(start + 100 * (48 + 32));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, SIZE - 8, -64})
  void aFullRingIsRead(long start) {
    startAt(start);
    int records = 0;
    for (long record = ring.reserve(8); record != -1; record = ring.reserve(8)) {
      ring.submit(record, 8, records++);
    }
    assertThat(records).isEqualTo(SIZE / 16 - 1);
    assertThat(buffer.pendingBytes()).isEqualTo(SIZE - 16);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(records);
    assertThat(buffer.corrupt()).isZero();
  }

  @Test
  void discardedRecordsCountButAreNotDelivered() {
    ring.put(8, 1);
    ring.discard(ring.reserve(16), 16);
    ring.put(8, 3);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(3);
    assertThat(seen).containsExactly(1L, 3L);
  }

  @Test
  void aBusyRecordHoldsUpThoseBehindIt() {
    ring.put(8, 1);
    long busy = ring.reserve(16);
    ring.put(8, 3);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(1);
    assertThat(ring.consumerPosition()).as("or its submit would not notify").isEqualTo(busy);
    ring.submit(busy, 16, 2);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(2);
    assertThat(seen).containsExactly(1L, 2L, 3L);
  }

  @Test
  void theBudgetStopsAndTheNextCallGoesOn() {
    for (int i = 0; i < 10; i++) {
      ring.put(8, i);
    }
    assertThat(buffer.drain(this::keep, 3)).isEqualTo(3);
    assertThat(ring.consumerPosition()).isEqualTo(3 * 16);
    assertThat(buffer.drain(this::keep, 0)).isZero();
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(7);
    assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
  }

  @Test
  void recordsThatComeWhileDrainingAreSeen() {
    ring.put(8, 1);
    int consumed =
        buffer.drain(
            (segment, offset, length) -> {
              keep(segment, offset, length);
              if (seen.size() < 5) {
                ring.put(8, seen.size() + 1L);
              }
            },
            ALL);
    assertThat(consumed).isEqualTo(5);
    assertThat(seen).containsExactly(1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void thePositionIsPublishedWhileALongDrainGoesOn() {
    List<Long> published = new ArrayList<>();
    for (int i = 0; i < SIZE / 16 - 1; i++) {
      ring.put(8, i);
    }
    buffer.drain((_, _, _) -> published.add(ring.consumerPosition()), ALL);
    assertThat(published.stream().distinct())
        .containsExactly(0L, 512L, 1024L, 1536L, 2048L, 2560L, 3072L, 3584L);
  }

  @Test
  void theRecordUnderReadIsNeverGivenBack() {
    for (int i = 0; i < 200; i++) {
      ring.put(8, i);
    }
    buffer.drain(
        (_, offset, _) -> assertThat(ring.consumerPosition()).isLessThanOrEqualTo(offset - 8), ALL);
  }

  @Test
  void anExceptionLosesNoPositionAndNothingComesTwice() {
    for (int i = 0; i < 5; i++) {
      ring.put(8, i);
    }
    assertThatThrownBy(
            () ->
                buffer.drain(
                    (segment, offset, length) -> {
                      keep(segment, offset, length);
                      if (seen.size() == 3) {
                        throw new UnsupportedOperationException("third");
                      }
                    },
                    ALL))
        .hasMessage("third");
    assertThat(ring.consumerPosition()).isEqualTo(3 * 16);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(2);
    assertThat(seen).containsExactly(0L, 1L, 2L, 3L, 4L);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 4096, 1 << 20, 0x3fffffff, 17 | TestRing.BUSY, 17 | TestRing.DISCARD})
  void aLengthBeyondTheProducerIsCountedAndSkipped(int header) {
    ring.put(8, 1);
    long corrupt = ring.reserve(16);
    ring.header(corrupt, header);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(1);
    assertThat(buffer.corrupt()).isEqualTo(1);
    assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
    ring.put(8, 3);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(1);
    assertThat(seen).containsExactly(1L, 3L);
  }

  @ParameterizedTest
  @ValueSource(longs = {SIZE, SIZE + 8, 1L << 33, -8})
  void aProducerPositionNotWithinOneRingIsCountedAndTaken(long distance) {
    ring.put(8, 1);
    buffer.drain(this::keep, ALL);
    ring.producerPosition(ring.producerPosition() + distance);
    assertThat(buffer.drain(this::keep, ALL)).isZero();
    assertThat(buffer.corrupt()).isEqualTo(1);
    ring.put(8, 2);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(1);
    assertThat(seen).containsExactly(1L, 2L);
  }

  @Test
  void aProducerPositionBetweenRecordsIsCountedAndNeverTaken() {
    ring.producerPosition(3);
    assertThat(buffer.drain(this::keep, ALL)).isZero();
    assertThat(buffer.corrupt()).isPositive();
    assertThat(ring.consumerPosition()).isZero();
    ring.producerPosition(0);
    ring.put(8, 1);
    assertThat(buffer.drain(this::keep, ALL)).isEqualTo(1);
    assertThat(seen).containsExactly(1L);
  }

  @Test
  void theLentMemoryIsReadOnly() {
    ring.put(8, 1);
    buffer.drain((segment, _, _) -> assertThat(segment.isReadOnly()).isTrue(), ALL);
  }

  @Test
  void waitsOnlyWhenCaughtUp() {
    ring.put(8, 1);
    ring.put(8, 2);
    assertThat(buffer.await(0)).as("before the first drain").isTrue();
    buffer.drain(this::keep, 1);
    assertThat(buffer.await(0)).as("stopped by its budget").isTrue();
    assertThat(doorbell.awaits).isZero();
    buffer.drain(this::keep, ALL);
    assertThat(buffer.await(0)).isFalse();
    assertThat(doorbell.awaits).isEqualTo(1);
  }

  @Test
  void aBudgetThatWasJustEnoughDoesNotKeepItFromWaiting() {
    ring.put(8, 1);
    buffer.drain(this::keep, 1);
    assertThat(buffer.await(0)).isFalse();
    assertThat(doorbell.awaits).isEqualTo(1);
  }

  @Test
  void closesOnceAndRefusesUseThereafter() {
    buffer.close();
    buffer.close();
    assertThat(released).isEqualTo(1);
    assertThat(doorbell.closes).isEqualTo(1);
    assertThatIllegalStateException()
        .isThrownBy(() -> buffer.drain(this::keep, ALL))
        .withMessage("drain: the ring buffer is closed");
    assertThatIllegalStateException().isThrownBy(() -> buffer.await(0));
    assertThatIllegalStateException().isThrownBy(() -> buffer.pendingBytes());
    buffer.wakeUp();
    assertThat(buffer.corrupt()).isZero();
    assertThat(buffer.capacity()).isEqualTo(SIZE);
  }

  @Test
  void aConsumerMayNotCloseDrainOrWait() {
    ring.put(8, 1);
    buffer.drain(
        (_, _, _) -> {
          assertThatIllegalStateException().isThrownBy(buffer::close);
          assertThatIllegalStateException().isThrownBy(() -> buffer.drain(this::keep, ALL));
          assertThatIllegalStateException().isThrownBy(() -> buffer.await(0));
        },
        ALL);
    assertThat(released).isZero();
    assertThat(buffer.drain(this::keep, ALL)).isZero();
  }
}
