package io.netspan.receiver.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProcessAgeTest {
  private static final String STAT =
      "12 (a ) 7 (b) S 1 12 12 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 12345 100 200 1844674407370955";

  @Test
  void theAgeIsCountedFromTheTickOfTheStart() {
    assertThat(ProcessAge.millis(STAT, 123_450_000_000L + 678_000_000)).hasValue(678);
  }

  @Test
  void anImplausibleStatHasNoAge() {
    assertThat(ProcessAge.millis(STAT, 1)).isEmpty();
    assertThat(ProcessAge.millis("", 1)).isEmpty();
    assertThat(ProcessAge.millis("1 (x) S 1 2 3", 1)).isEmpty();
  }

  @Test
  void theAgeOfThisProcessIsLessThanTheUptime() {
    assertThat(ProcessAge.millis()).isPresent();
    assertThat(ProcessAge.millis().orElseThrow())
        .isPositive()
        .isLessThan(io.netspan.linux.clock.BootClock.nanos() / 1_000_000);
  }
}
