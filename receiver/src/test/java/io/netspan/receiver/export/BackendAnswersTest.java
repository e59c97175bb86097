package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A backend can send anything. */
final class BackendAnswersTest {
  @Test
  void arbitraryBytesAreParsedWithoutFailure() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      PartialSuccess answer = PartialSuccess.of(bytes);
      assertThat(answer.rejected()).isNotNegative();
    }
    assertThat(PartialSuccess.of(new byte[] {0x0a, 127, 8, 5})).isEqualTo(PartialSuccess.NONE);
    assertThat(PartialSuccess.of(new byte[] {0x0a, 2, 8, 5})).isEqualTo(new PartialSuccess(5, ""));
  }

  @ParameterizedTest
  @CsvSource({
    "6, 6000",
    "0, 0",
    "-5, 0",
    "99999999999999, 86400000",
    "'Thu, 01 Jan 1970 00:01:40 GMT', 90000",
    "'Thu, 01 Jan 1970 00:00:05 GMT', 0",
  })
  void retryAfterIsSecondsOrADate(String header, long ms) {
    assertThat(RetryDelay.retryAfter(header, Instant.ofEpochSecond(10)))
        .contains(Duration.ofMillis(ms));
  }

  @ParameterizedTest
  @CsvSource({"soon", "''", "1.5", "9999999999999999999999"})
  void anInvalidRetryAfterIsIgnored(String header) {
    assertThat(RetryDelay.retryAfter(header, Instant.EPOCH)).isEmpty();
  }
}
