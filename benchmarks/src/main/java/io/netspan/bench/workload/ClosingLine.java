package io.netspan.bench.workload;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The totals, which netspan writes to standard error at its end. */
record ClosingLine(String text) {
  private static final Pattern FORM =
      Pattern.compile("totals: \\d+ connection sides ended.*; lost: .+");
  private static final Pattern SPANS = Pattern.compile("; spans: (\\d+) of (\\d+) exported");
  private static final Pattern LOSS = Pattern.compile(" (\\d+)(?:,|$)");

  /** Finds it in what netspan wrote. */
  static Optional<ClosingLine> in(String errors) {
    return errors
        .lines()
        .map(FORM::matcher)
        .filter(Matcher::find)
        .map(Matcher::group)
        .map(ClosingLine::new)
        .reduce((first, last) -> last);
  }

  /** The spans that were to be exported and were not, in percent; empty if there were none. */
  OptionalDouble spansLostPercent() {
    Matcher spans = SPANS.matcher(text);
    if (!spans.find() || Long.parseLong(spans.group(2)) == 0) {
      return OptionalDouble.empty();
    }
    double exported = Long.parseLong(spans.group(1));
    return OptionalDouble.of(100 - 100 * exported / Long.parseLong(spans.group(2)));
  }

  /** All that was lost, events and spans. */
  long lost() {
    String list = text.substring(text.indexOf("; lost: ") + "; lost:".length());
    return LOSS.matcher(list).results().mapToLong(loss -> Long.parseLong(loss.group(1))).sum();
  }
}
