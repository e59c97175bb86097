package io.netspan.it.truth;

import java.util.ArrayList;
import java.util.List;

/**
 * The result of a row.
 *
 * @param expected entries in the ledger
 * @param seen sides in the row's namespaces
 * @param problems empty if the row is good
 * @param note an additional remark for the table
 */
public record Verdict(long expected, long seen, List<String> problems, String note) {
  public Verdict {
    problems = List.copyOf(problems);
  }

  public boolean isGood() {
    return problems.isEmpty();
  }

  public Verdict withNote(String text) {
    return new Verdict(expected, seen, problems, note.isEmpty() ? text : note + "; " + text);
  }

  /** Adds a problem unless the condition holds. */
  public Verdict and(boolean holds, String problem) {
    if (holds) {
      return this;
    }
    List<String> all = new ArrayList<>(problems);
    all.add(problem);
    return new Verdict(expected, seen, all, note);
  }

  /** Combines two verdicts into one row. */
  public Verdict and(Verdict other) {
    List<String> all = new ArrayList<>(problems);
    all.addAll(other.problems);
    return new Verdict(expected + other.expected, seen + other.seen, all, note).withNoteOf(other);
  }

  private Verdict withNoteOf(Verdict other) {
    return other.note.isEmpty() ? this : withNote(other.note);
  }
}
