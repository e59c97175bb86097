package io.netspan.receiver.tcp;

/** How it is known that a connection began and ended. */
public enum Provenance {
  /** Both were seen. */
  LIVE("live"),
  /** It was found open at the start; its end was seen. */
  BACKFILLED("backfilled"),
  /** Of its beginning or its end the event was lost; or it began before the start, unnoticed. */
  INFERRED("inferred"),
  /** Without the kernel programs: it was there at one look and not at another. */
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
