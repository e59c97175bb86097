package io.netspan.it.truth;

import java.util.function.Predicate;

/**
 * The requirements on an agent.
 *
 * @param tracer the way of tracing, as named in the table
 * @param mayBeMissing entries that need not be seen, such as those that ended before the agent
 *     started
 * @param wholly entries of which every event must have been seen
 * @param polled whether the agent polls, and therefore reports less about each connection
 * @param acceptReported whether the kernel reports the process that accepts
 */
public record Terms(
    String tracer,
    Predicate<LedgerEntry> mayBeMissing,
    Predicate<LedgerEntry> wholly,
    boolean polled,
    boolean acceptReported) {
  public static final Terms BPF = new Terms("bpf", entry -> false, entry -> false, false, false);

  /** Polling of connections that stay open for longer than a poll takes. */
  public static final Terms POLL_HELD =
      new Terms("poll", entry -> false, entry -> false, true, false);

  public Terms excusing(Predicate<LedgerEntry> entries) {
    return new Terms(tracer, mayBeMissing.or(entries), wholly, polled, acceptReported);
  }

  /** Additionally requires that every event of these entries has been seen. */
  public Terms wholly(Predicate<LedgerEntry> entries) {
    return new Terms(tracer, mayBeMissing, wholly.or(entries), polled, acceptReported);
  }

  /**
   * Adapts the terms to the kernel of the agent.
   *
   * @param log the messages of the agent at its start
   */
  public Terms of(String log) {
    boolean reported = log.contains("by fexit/inet_csk_accept");
    return new Terms(tracer, mayBeMissing, wholly, polled, reported);
  }
}
