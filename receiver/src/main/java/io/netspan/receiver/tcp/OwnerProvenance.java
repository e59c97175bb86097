package io.netspan.receiver.tcp;

/** How the owner of a connection is known. */
public enum OwnerProvenance {
  /** It connected. */
  CONNECT("connect"),
  /** It accepted it. */
  ACCEPT("accept"),
  /** It closed its end: for an accepted connection, the worker that served. */
  CLOSE("close"),
  /** It had a descriptor of it. */
  DESCRIPTOR("descriptor"),
  /** It listens where the connection was accepted; with several workers, one of them. */
  LISTENER("listener"),
  /** It has another subflow of the same MPTCP connection, to which the kernel joined this one. */
  SUBFLOW("subflow"),
  /** It is not known. */
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
