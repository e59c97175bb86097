package io.netspan.it;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The totals: the last line of the agent on standard error. */
record Totals(String line) {
  private static final Pattern FORM =
      Pattern.compile("totals: \\d+ connection sides ended.*, \\d+ still open.*; lost: .+");

  Totals {
    if (!FORM.matcher(line).matches()) {
      throw new AssertionError("no totals: " + line);
    }
  }

  long ended() {
    return count("(\\d+) connection sides ended");
  }

  long flows() {
    return count("(\\d+) UDP flow sides ended");
  }

  /** Spans that a backend has taken, and has said so. */
  long spansExported() {
    return count("spans: (\\d+) of ");
  }

  long notPrinted() {
    return count("(\\d+) sides not printed");
  }

  /** Returns the connections that were reported although their end was lost. */
  long endUnseen() {
    return count("(\\d+) more whose end was not seen");
  }

  String lost() {
    return line.substring(line.indexOf("; lost: ") + 8);
  }

  /**
   * The same without the steps that this kernel shows to no program (docs/operations.md): the
   * longer a test takes, the likelier is one, and no connection is lost by it.
   */
  String lostButSteps() {
    String rest = lost().replaceFirst("(, )?tracker/step_unseen \\d+", "");
    return rest.isEmpty() ? "nothing" : rest.replaceFirst("^, ", "");
  }

  /**
   * Returns the losses for one reason.
   *
   * @param what stage and reason, such as {@code kernel/ring_full_tcp_close}
   */
  long lost(String what) {
    return count(Pattern.quote(what) + " (\\d+)");
  }

  private long count(String form) {
    Matcher matcher = Pattern.compile(form).matcher(line);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
