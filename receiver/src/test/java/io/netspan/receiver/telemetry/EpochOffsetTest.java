package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EpochOffsetTest {
  private static final long HOUR_NS = 3_600_000_000_000L;
  private static final long READ_NS = 25;
  private static final long SECOND_NS = 1_000_000_000;
  private static final long BOOT_NS = 1_800_000_000_000_000_000L;

  /**
   * The fake kernel adds a microsecond per event, so it is ahead of the clocks by less than this.
   */
  private static final long MOST_BEHIND_NS = 100_000;

  /** The two clocks of a machine; each reading takes {@link #READ_NS}. */
  private static final class Clocks {
    long bootNs = 5 * SECOND_NS + MOST_BEHIND_NS;
    long wallNs = BOOT_NS + bootNs;
    final List<Long> heldUpNs = new ArrayList<>();

    long boot() {
      passes(READ_NS);
      return bootNs;
    }

    long wall() {
      passes(READ_NS);
      long read = wallNs;
      if (!heldUpNs.isEmpty()) {
        passes(heldUpNs.removeFirst());
      }
      return read;
    }

    void passes(long ns) {
      bootNs += ns;
      wallNs += ns;
    }

    void steps(long ns) {
      wallNs += ns;
    }

    long distance() {
      return wallNs - bootNs;
    }
  }

  private final Clocks clocks = new Clocks();
  private final EpochOffset offset = new EpochOffset(clocks::boot, clocks::wall);

  /** Returns the offset of a span that ends now. */
  private long offsetNow() {
    return offset.offsetNs(clocks.bootNs);
  }

  @Test
  void theBootClockPlusTheOffsetIsTheWallClock() {
    EpochOffset real = new EpochOffset();
    for (int i = 0; i < 100; i++) {
      real.measure();
      Instant before = Instant.now();
      long now = BootClock.nanos();
      Instant told = Instant.ofEpochSecond(0, now + real.offsetNs(now));
      Instant after = Instant.now();

      // NTP may adjust the clock of the machine during the test, but by less than this.
      assertThat(told).isBetween(before.minus(Duration.ofMillis(50)), after.plusMillis(50));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {HOUR_NS, -HOUR_NS, 1_000_000_000, -1_000_000_000, 1_000, -1_000})
  void theNextMeasurementFollowsAStep(long step) {
    clocks.passes(1_000_000);
    clocks.steps(step);
    offset.measure();

    assertThat(offset.offsetNs(clocks.bootNs - 1_000_000) - clocks.distance())
        .isBetween(-READ_NS, READ_NS);
  }

  @ParameterizedTest
  @ValueSource(longs = {HOUR_NS, -HOUR_NS})
  void aSpanThatEndsAfterAStepFollowsItBeforeTheNextMeasurement(long step) {
    clocks.steps(step);
    clocks.passes(1_000);

    assertThat(offsetNow() - clocks.distance()).isBetween(-READ_NS, READ_NS);
  }

  @Test
  void withoutAStepTheOffsetIsConstant() {
    long first = offsetNow();
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 100_003; i++) {
      clocks.passes(random.nextLong(20_000_000));
      if (random.nextInt(10) == 0) {
        clocks.heldUpNs.add(random.nextLong(50_000_000));
      }
      offset.measure();
      assertThat(offsetNow()).isEqualTo(first);
    }
  }

  @Test
  void aThreadThatIsDelayedDuringAMeasurementUsesTheTightestReading() {
    clocks.steps(-HOUR_NS);
    clocks.heldUpNs.addAll(List.of(9_000_000L, 7_000_000L, 0L, 5_000_000L));
    offset.measure();

    assertThat(offsetNow() - clocks.distance()).isBetween(-READ_NS, READ_NS);
  }

  @Test
  void theErrorIsWithinTheDelayAndIsCorrectedByTheNextMeasurement() {
    clocks.steps(-HOUR_NS);
    clocks.heldUpNs.addAll(List.of(9_000_000L, 7_000_000L, 8_000_000L, 5_000_000L));
    offset.measure();
    assertThat(offset.offsetNs(0) - clocks.distance()).isBetween(-5_000_000L, 5_000_000L);

    offset.measure();
    assertThat(offset.offsetNs(0) - clocks.distance()).isBetween(-READ_NS, READ_NS);
  }

  /** CLOCK_BOOTTIME advances during a suspend, as the wall clock does. */
  @Test
  void aSuspendIsNotAStep() {
    long before = offset.offsetNs(0);
    clocks.passes(8 * HOUR_NS);
    offset.measure();

    assertThat(offset.offsetNs(0)).isEqualTo(before);
  }

  @Test
  void anEndInTheFutureIsMovedToNow() {
    for (long ahead : new long[] {1_000_000, HOUR_NS, Long.MAX_VALUE / 4}) {
      long end = clocks.bootNs + ahead;
      long told = end + offset.offsetNs(end);

      assertThat(told).isBetween(clocks.wallNs - 100 * READ_NS, clocks.wallNs);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noEndIsInTheFutureWhateverTheClocksDo(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 10_007; i++) {
      switch (random.nextInt(20)) {
        case 0 -> clocks.steps(random.nextLong(-HOUR_NS, HOUR_NS));
        case 1 -> clocks.heldUpNs.add(random.nextLong(30_000_000));
        default -> clocks.passes(random.nextLong(1_000_000));
      }
      offset.measure(); // as before each reading of the ring; steps after it are tested above
      long end = clocks.bootNs - random.nextLong(1_000_000);
      long uncertain = 30_000_000;

      assertThat(end + offset.offsetNs(end)).isLessThanOrEqualTo(clocks.wallNs + uncertain);
    }
  }

  /** Both connections open before the step; one ends before it, the other after it. */
  @ParameterizedTest
  @ValueSource(longs = {HOUR_NS, -HOUR_NS})
  void spansBeforeAndAfterAStepHaveCorrectTimes(long step) {
    List<NetworkSpan> spans = new ArrayList<>();
    FakeKernel kernel = FakeSpans.into(spans, offset);
    FakeSocket before = kernel.client(0xb);
    FakeSocket after = kernel.client(0xa);
    before.open(FakeProcess.CURL);
    after.open(FakeProcess.CURL);
    before.established();
    after.established();
    passes(kernel, SECOND_NS);
    before.close(5);
    assertThat(spans.getFirst().getEndEpochNanos())
        .isBetween(clocks.wallNs - 2 * MOST_BEHIND_NS, clocks.wallNs);

    clocks.steps(step);
    passes(kernel, SECOND_NS);
    after.close(5);

    assertThat(spans.getLast().getEndEpochNanos())
        .isBetween(clocks.wallNs - 2 * MOST_BEHIND_NS, clocks.wallNs);
    assertThat(spans)
        .extracting(span -> span.getLatencyNanos() / MOST_BEHIND_NS * MOST_BEHIND_NS)
        .containsExactly(SECOND_NS, 2 * SECOND_NS);
  }

  private void passes(FakeKernel kernel, long ns) {
    kernel.passes(ns);
    clocks.passes(ns);
  }
}
