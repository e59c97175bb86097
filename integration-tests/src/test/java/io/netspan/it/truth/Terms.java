package io.netspan.it.truth;

import java.util.function.Predicate;

/**
 * What an agent owes.
 *
 * @param tracer its way of looking, as the table names it
 * @param mayBeMissing of which entries nothing need be seen, as those that ended before it started
 * @param wholly of which entries every step must have been seen
 * @param polled it looks from time to time: it says less of each
 * @param acceptTold the kernel tells it who accepts
 */
public record Terms(
    String tracer,
    Predicate<LedgerEntry> mayBeMissing,
    Predicate<LedgerEntry> wholly,
    boolean polled,
    boolean acceptTold) {
  public static final Terms BPF = new Terms("bpf", entry -> false, entry -> false, false, false);

  /** Polling, of connections that are open for longer than it takes to look. */
  public static final Terms POLL_HELD =
      new Terms("poll", entry -> false, entry -> false, true, false);

  public Terms excusing(Predicate<LedgerEntry> entries) {
    return new Terms(tracer, mayBeMissing.or(entries), wholly, polled, acceptTold);
  }

  /** Also: of these every step must have been seen. */
  public Terms wholly(Predicate<LedgerEntry> entries) {
    return new Terms(tracer, mayBeMissing, wholly.or(entries), polled, acceptTold);
  }

  /**
   * As this agent's kernel lets it.
   *
   * @param log what it said when it started
   */
  public Terms of(String log) {
    boolean told = log.contains("accept by fexit/inet_csk_accept");
    return new Terms(tracer, mayBeMissing, wholly, polled, told);
  }
}
