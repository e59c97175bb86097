package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeSpanTest {
  @ParameterizedTest
  @CsvSource({"500ms,500", "10s,10000", " 2M ,120000", "1h,3600000"})
  void unitsAreRead(String text, long millis) {
    assertThat(TimeSpan.parse(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void zeroNeedsNoUnit() {
    assertThat(TimeSpan.parse("0")).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "s", "-1s", "1.5s", "1 d", "99999999999s"})
  void anythingElseIsNamedWithItsRemedy(String text) {
    assertThatThrownBy(() -> TimeSpan.parse(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("such as 10s");
  }
}
