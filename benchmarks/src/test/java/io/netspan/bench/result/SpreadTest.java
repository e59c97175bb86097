package io.netspan.bench.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SpreadTest {
  @Test
  void theMedianOfAnOddNumberIsTheMiddleOne() {
    assertThat(Spread.of(List.of(9.0, 1.0, 2.0))).isEqualTo(new Spread(2, 1, 9, 3));
  }

  @Test
  void theMedianOfAnEvenNumberIsBetweenTheMiddleOnes() {
    assertThat(Spread.of(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(new Spread(3, 1, 9, 4));
  }

  @Test
  void noFiguresHaveNoSpread() {
    assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(List.of()));
  }

  @Test
  void rangesThatTouchOverlap() {
    Spread spread = new Spread(2, 1, 3, 3);
    assertThat(spread.overlaps(new Spread(4, 3, 5, 3))).isTrue();
    assertThat(spread.overlaps(new Spread(4, 3.1, 5, 3))).isFalse();
    assertThat(spread.overlaps(new Spread(0.5, 0, 0.9, 3))).isFalse();
  }

  @Test
  void ratiosAreOfTheSameRound() {
    // The machine was half as fast in round 2, which the ratio of the medians would not show.
    Map<Integer, Double> figures = Map.of(1, 90.0, 2, 45.0, 3, 91.0, 4, 1.0);
    Map<Integer, Double> references = Map.of(1, 100.0, 2, 50.0, 3, 100.0, 5, 1.0);
    assertThat(Ratios.of(figures, references)).containsExactlyInAnyOrder(0.9, 0.9, 0.91);
  }

  @Test
  void aReferenceOfZeroHasNoRatio() {
    assertThat(Ratios.of(Map.of(1, 90.0), Map.of(1, 0.0))).isEmpty();
  }
}
