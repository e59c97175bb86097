package io.netspan.it.truth;

import java.util.function.Predicate;

/**
 * What an agent owes.
 *
 * @param tracer its way of looking, as the table names it
 * @param mayBeMissing of which entries nothing need be seen, as those that ended before it started
 * @param wholly of which entries every step must have been seen
 * @param polled it looks from time to time: it must be right in what it says, but not see all
 */
public record Terms(
    String tracer,
    Predicate<LedgerEntry> mayBeMissing,
    Predicate<LedgerEntry> wholly,
    boolean polled) {
  public static final Terms BPF = new Terms("bpf", entry -> false, entry -> false, false);
  public static final Terms POLL = new Terms("poll", entry -> true, entry -> false, true);

  /** Polling, of connections that are open for longer than it takes to look. */
  public static final Terms POLL_HELD = new Terms("poll", entry -> false, entry -> false, true);

  public Terms excusing(Predicate<LedgerEntry> entries) {
    return new Terms(tracer, mayBeMissing.or(entries), wholly, polled);
  }

  /** Also: of these every step must have been seen. */
  public Terms wholly(Predicate<LedgerEntry> entries) {
    return new Terms(tracer, mayBeMissing, wholly.or(entries), polled);
  }
}
