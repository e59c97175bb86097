package io.netspan.receiver.tcp;

/** How the owner of a connection is known. */
public enum OwnerProvenance {
  /** The process connected. */
  CONNECT("connect"),
  /** The process accepted the connection. */
  ACCEPT("accept"),
  /** The process closed its end; for an accepted connection, it is the worker that served it. */
  CLOSE("close"),
  /** The process had a descriptor of the socket. */
  DESCRIPTOR("descriptor"),
  /**
   * The process listens where the connection was accepted; with several workers, it is one of them.
   */
  LISTENER("listener"),
  /**
   * The process has another subflow of the same MPTCP connection, to which the kernel joined this
   * one.
   */
  SUBFLOW("subflow"),
  /** The owner is not known. */
  UNKNOWN("unknown");

  private final String value;

  OwnerProvenance(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.process.provenance}. */
  public String value() {
    return value;
  }
}
