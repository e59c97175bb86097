package io.netspan.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What the measured and the measuring programs print. */
final class OutputsTest {
  private static ClosingLine line(String rest) {
    return ClosingLine.in(
            "12:00:00.000 a message\n12:00:01.000 totals: 200 connection sides ended" + rest + "\n")
        .orElseThrow();
  }

  @Test
  void nothingLostIsNothing() {
    ClosingLine line = line(", 3 still open; spans: 400 of 400 exported; lost: nothing");
    assertThat(line.lost()).isZero();
    assertThat(line.spansLostPercent()).hasValue(0);
  }

  @Test
  void allLossesAreAdded() {
    ClosingLine line =
        line(
            ", 3 still open; spans: 300 of 400 exported, 7 left out by the sampler; lost:"
                + " export/queue_full 100, kernel/ring_full_tcp_close 12");
    assertThat(line.lost()).isEqualTo(112);
    assertThat(line.spansLostPercent().orElseThrow()).isCloseTo(25, within(1e-9));
  }

  @Test
  void withoutSpansNoneAreLost() {
    assertThat(line(", 3 still open; lost: nothing").spansLostPercent()).isEmpty();
  }

  @Test
  void anAgentThatDiedHasNoTotals() {
    assertThat(ClosingLine.in("an error")).isEmpty();
  }

  @Test
  void wrkIsRead() throws IOException {
    Lab.Done done =
        Lab.parseWrk("  123456 requests in 4.10s, 20.12MB read\nRequests/sec: 30111.22\n");
    assertThat(done.count()).isEqualTo(123_456);
    assertThat(done.seconds()).isCloseTo(4.1, within(1e-9));
    assertThat(done.failure()).isEmpty();
    assertThat(Lab.parseWrk("1 requests in 1.00m, 20.12MB read").seconds())
        .isCloseTo(60, within(1e-9));
  }

  @Test
  void failuresUnderWrkAreReported() throws IOException {
    Lab.Done done =
        Lab.parseWrk("  9 requests in 500.00ms, 1MB read\n  Socket errors: connect 0, read 4\n");
    assertThat(done.failure()).contains("wrk: Socket errors: connect 0, read 4");
    assertThat(done.seconds()).isCloseTo(0.5, within(1e-9));
    assertThatIOException().isThrownBy(() -> Lab.parseWrk("unable to connect"));
  }
}
