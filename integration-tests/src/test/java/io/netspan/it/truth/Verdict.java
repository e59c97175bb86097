package io.netspan.it.truth;

import java.util.ArrayList;
import java.util.List;

/**
 * How a row came out.
 *
 * @param expected entries in the ledger
 * @param seen sides in the row's namespaces
 * @param problems empty if all is well
 * @param note what else is to be said in the table
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

  /** With a problem more, if this does not hold. */
  public Verdict and(boolean holds, String problem) {
    if (holds) {
      return this;
    }
    List<String> all = new ArrayList<>(problems);
    all.add(problem);
    return new Verdict(expected, seen, all, note);
  }

  /** Both, as one row. */
  public Verdict and(Verdict other) {
    List<String> all = new ArrayList<>(problems);
    all.addAll(other.problems);
    return new Verdict(expected + other.expected, seen + other.seen, all, note).withNoteOf(other);
  }

  private Verdict withNoteOf(Verdict other) {
    return other.note.isEmpty() ? this : withNote(other.note);
  }
}
