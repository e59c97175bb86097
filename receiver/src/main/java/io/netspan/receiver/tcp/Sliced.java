package io.netspan.receiver.tcp;

import org.jspecify.annotations.Nullable;

/**
 * Where the current slice of a connection began, and where it will end. A connection has this only
 * if it was found open when the agent started, or was open at a cut. Belongs to the thread that has
 * the turn, like its connection.
 */
public final class Sliced {
  private final Connection connection;
  private @Nullable Cut from;
  private Counts before;
  private @Nullable Cut to;
  private Counts until = Counts.ZERO;
  private boolean used;
  private boolean reported;
  private boolean beginningReported;
  private long number;

  Sliced(Connection connection, @Nullable Cut from) {
    this.connection = connection;
    this.from = from;
    this.before = connection.countsWhenFound();
  }

  /** Where the slice begins; null if with the connection, whose beginning was seen. */
  public @Nullable Cut from() {
    return from;
  }

  /** The counters where the slice begins. */
  public Counts before() {
    return before;
  }

  /** Where the slice ends; null if the connection was not cut since {@link #from}. */
  public @Nullable Cut to() {
    return to;
  }

  /** The counters at {@link #to}. */
  public Counts until() {
    return until;
  }

  /** Whether the slice that ends at {@link #to} is reported. */
  public boolean used() {
    return used;
  }

  /** The number from which the slice's ids are derived. */
  public long number() {
    return number;
  }

  public void number(long value) {
    number = value;
  }

  /**
   * Whether payload went in the slice, or shortly before the interval in which it begins.
   *
   * @param sinceNs where that time begins, CLOCK_BOOTTIME ns
   */
  public boolean isUsed(long sinceNs) {
    boolean moved =
        connection.bytesSent != before.bytesSent()
            || connection.bytesReceived != before.bytesReceived();
    boolean ever = (connection.bytesSent | connection.bytesReceived) != 0;
    return moved || (from != null && ever && connection.lastPayloadNs >= sinceNs);
  }

  /** Notes that a slice was reported. */
  public void report() {
    reported = true;
    beginningReported |= from == null;
  }

  /** Whether an earlier slice was reported. */
  public boolean isAnyReported() {
    return reported;
  }

  /**
   * Whether another span may have the connection's own ids: the slice in which this end saw it
   * begin, or, if it was found open, a span of the other end, whose agent may have seen that.
   */
  public boolean mayOwnIdsBeUsed() {
    return beginningReported || connection.wasFoundAtStart();
  }

  /** Ends the slice here, unless the connection ends soon. */
  public void cut(Cut here, boolean isUsed) {
    to = here;
    used = isUsed;
    until = isUsed ? Counts.of(connection) : before;
  }

  /** Begins the next slice where this one ended. */
  public void next() {
    from = to;
    before = until;
    to = null;
  }

  /** Takes the cut back: the slice goes on. */
  public void uncut() {
    to = null;
  }
}
