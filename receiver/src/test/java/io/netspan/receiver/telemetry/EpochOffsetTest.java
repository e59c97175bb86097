package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class EpochOffsetTest {
  @Test
  void theMonotonicClockPlusTheOffsetIsTheWallClock() {
    EpochOffset offset = new EpochOffset();
    for (int i = 0; i < 100; i++) {
      offset.measure();
      Instant before = Instant.now();
      Instant told = Instant.ofEpochSecond(0, System.nanoTime() + offset.offsetNs());
      Instant after = Instant.now();

      // A machine under test may step or slew its clock, but not by that much.
      assertThat(told).isBetween(before.minus(Duration.ofMillis(50)), after.plusMillis(50));
    }
  }
}
