package io.netspan.bench.result;

import java.util.Optional;

/**
 * A figure that a workload measures.
 *
 * @param table the title of the table in which it is printed
 * @param name its key in the JSON file
 * @param title the head of its column, with the unit
 * @param digits after the decimal point
 * @param reference the contender to which a ratio is printed, within the same round
 */
public record Measure(
    String table, String name, String title, int digits, Optional<String> reference) {

  public static Measure of(String table, String name, String title, int digits) {
    return new Measure(table, name, title, digits, Optional.empty());
  }

  /** The same figure, with a ratio to that of another contender. */
  public Measure against(String contender) {
    return new Measure(table, name, title, digits, Optional.of(contender));
  }
}
