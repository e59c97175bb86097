package io.netspan.receiver.track;

/** How it is known that a connection began and ended. */
public enum Provenance {
  /** Both were seen. */
  LIVE("live"),
  /** One of them was not: it happened before the start, or its event was lost. */
  INFERRED("inferred");

  private final String value;

  Provenance(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.provenance}. */
  public String value() {
    return value;
  }
}
