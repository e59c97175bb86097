package io.netspan.receiver.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.source.Loss;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TotalsTest {
  @Test
  void withoutAnythingSpecialTheLineIsShort() {
    Totals totals = new Totals(10, 0, 0, 3, 0, 0, 0, 0, 0, List.of(new Loss("ring", "corrupt", 0)));

    assertThat(totals.describe())
        .isEqualTo("totals: 10 connection sides ended, 3 still open; lost: nothing");
  }

  @Test
  void eachKindOfThingsHasAPartOfItsOwn() {
    Totals totals =
        new Totals(
            12_345, 2, 1, 3, 4, 5, 6, 8, 7, List.of(new Loss("kernel", "ring_full_tcp_close", 9)));

    assertThat(totals.describe())
        .isEqualTo(
            "totals: 12345 connection sides ended, 1 without a beginning seen, 2 more whose end was"
                + " not seen, 3 still open; 4 UDP flow sides ended; 5 sides not printed; spans: 7"
                + " of 8 exported, 6 left out by the sampler; lost: kernel/ring_full_tcp_close 9");
  }
}
