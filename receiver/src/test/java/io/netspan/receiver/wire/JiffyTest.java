package io.netspan.receiver.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JiffyTest {
  private static final long START_NS = 7_654_321_000_987L;
  private static final long SECOND_NS = 1_000_000_000L;

  @ParameterizedTest
  @ValueSource(ints = {100, 250, 300, 1_000})
  void theLengthIsKnownAfterHalfASecond(int hz) {
    Jiffy jiffy = new Jiffy();
    int before = -7; // The 32 bits overflow.

    assertThat(jiffy.lengthNs(START_NS, before)).isZero();
    assertThat(jiffy.lengthNs(START_NS + SECOND_NS / 10, before + hz / 10)).isZero();
    assertThat(jiffy.lengthNs(START_NS + SECOND_NS / 2, before + hz / 2))
        .isCloseTo(1e9 / hz, within(1.0));
    assertThat(jiffy.lengthNs(START_NS + 70 * SECOND_NS, before + 70 * hz))
        .isCloseTo(1e9 / hz, within(1.0));
  }

  @ParameterizedTest
  @ValueSource(ints = {250, 1_000})
  void anOverflowBetweenTwoPassesDoesNoHarm(int hz) {
    Jiffy jiffy = new Jiffy();
    long hours = 2 * 24 * 60;
    for (long hour = 0; hour < hours; hour++) {
      jiffy.lengthNs(START_NS + hour * 3_600 * SECOND_NS, (int) (hour * 3_600 * hz));
    }

    assertThat(jiffy.lengthNs(START_NS + hours * 3_600 * SECOND_NS, (int) (hours * 3_600 * hz)))
        .isCloseTo(1e9 / hz, within(1.0));
  }
}
