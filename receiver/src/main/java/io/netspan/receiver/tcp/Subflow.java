package io.netspan.receiver.tcp;

/** The kind of MPTCP subflow that a connection is, {@code enum netspan_subflow}. */
public enum Subflow {
  /** Not a subflow, or not known. */
  NONE(""),
  /** The first subflow, which the programs at both ends asked for. */
  MASTER("master"),
  /** A subflow that a kernel joined to the MPTCP connection. */
  JOIN("join");

  private final String value;

  Subflow(String value) {
    this.value = value;
  }

  static Subflow of(int code) {
    return switch (code) {
      case 1 -> MASTER;
      case 2 -> JOIN;
      default -> NONE;
    };
  }

  /** The value of {@code netspan.mptcp.subflow}. */
  public String value() {
    return value;
  }
}
