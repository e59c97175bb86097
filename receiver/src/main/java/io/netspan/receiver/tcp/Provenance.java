package io.netspan.receiver.tcp;

/** How the beginning and the end of a connection are known. */
public enum Provenance {
  /** Both events were seen. */
  LIVE("live"),
  /** The connection was found open at the start, and its end was seen. */
  BACKFILLED("backfilled"),
  /**
   * The event of the beginning or the end was lost, or the connection began before the start and
   * was not found.
   */
  INFERRED("inferred"),
  /** Seen without the kernel programs: one poll found the connection and another one did not. */
  POLLED("polled");

  private final String value;

  Provenance(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.provenance}. */
  public String value() {
    return value;
  }
}
