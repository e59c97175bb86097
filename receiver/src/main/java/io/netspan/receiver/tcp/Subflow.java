package io.netspan.receiver.tcp;

/** What a connection is to an MPTCP connection, {@code enum netspan_subflow}. */
public enum Subflow {
  /** Nothing, or it is not known. */
  NONE(""),
  /** The first subflow, that the programs at both ends asked for. */
  MASTER("master"),
  /** One that a kernel joined to it. */
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
