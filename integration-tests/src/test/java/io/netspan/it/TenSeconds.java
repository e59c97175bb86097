package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;

/**
 * The ten seconds of wall-clock time in which connections are used, so that each of them has
 * exactly one slice with {@code --active-timeout 10s}: payload within two seconds of a cut could be
 * in the slice on either side of it.
 */
record TenSeconds(long number) {
  private static final long LENGTH_MS = 10_000;
  private static final long FROM_MS = 2_200;
  private static final long BEGIN_UNTIL_MS = 4_000;
  private static final long END_MS = 7_800;

  /** Waits until enough of ten seconds is left. */
  static TenSeconds awaitMiddle() {
    await("the middle of ten seconds")
        .atMost(Duration.ofMillis(2 * LENGTH_MS))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              long at = System.currentTimeMillis() % LENGTH_MS;
              return at >= FROM_MS && at <= BEGIN_UNTIL_MS;
            });
    return new TenSeconds(System.currentTimeMillis() / LENGTH_MS);
  }

  /** Fails unless what was done since then is in the same slice. */
  void assertCurrent() {
    long now = System.currentTimeMillis();
    assertThat(now / LENGTH_MS).as("the traffic took too long").isEqualTo(number);
    assertThat(now % LENGTH_MS).as("the traffic took too long").isLessThan(END_MS);
  }
}
