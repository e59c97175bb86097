package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.awaitility.Awaitility;

/**
 * The ten seconds of wall-clock time in which connections are used, so that each of them has
 * exactly one slice with {@code --active-timeout 10s}: payload within two seconds of a cut could be
 * in the slice on either side of it.
 */
record TenSeconds(long number) {
  private static final long LENGTH_MS = 10_000;
  private static final long MARGIN_MS = 2_200;
  private static final long END_MS = 7_800;

  /** Waits for the beginning. */
  static TenSeconds awaitBeginning() {
    return await(300);
  }

  /** Waits until payload is in one slice only, with enough time left. */
  static TenSeconds awaitMiddle() {
    return await(MARGIN_MS);
  }

  private static TenSeconds await(long fromMs) {
    Awaitility.await("the right time in ten seconds")
        .atMost(Duration.ofMillis(2 * LENGTH_MS))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              long at = System.currentTimeMillis() % LENGTH_MS;
              return at >= fromMs && at <= fromMs + 1_500;
            });
    return new TenSeconds(System.currentTimeMillis() / LENGTH_MS);
  }

  /** Fails unless what was done since then is in the same slice. */
  void assertCurrent() {
    long now = System.currentTimeMillis();
    assertThat(now / LENGTH_MS).as("it took too long").isEqualTo(number);
    assertThat(now % LENGTH_MS).as("it took too long").isLessThan(END_MS);
  }
}
