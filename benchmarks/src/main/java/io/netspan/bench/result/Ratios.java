package io.netspan.bench.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compares figures of the same round only, since machines change between rounds. */
final class Ratios {
  private Ratios() {}

  /** Divides the figures of each round that both have, unless the reference is 0. */
  static List<Double> of(Map<Integer, Double> figures, Map<Integer, Double> references) {
    List<Double> ratios = new ArrayList<>();
    figures.forEach(
        (round, figure) -> {
          double reference = references.getOrDefault(round, 0.0);
          if (reference != 0) {
            ratios.add(figure / reference);
          }
        });
    return ratios;
  }
}
