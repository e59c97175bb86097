package io.netspan.receiver.udp;

/** Whom a flow is with. */
public enum FlowPeer {
  /** One, whose address is known. */
  KNOWN("known"),
  /** Unknown: the program received without asking for the address, or no hook sees it. */
  UNKNOWN("unknown"),
  /** All peers of the socket for which there was no room. */
  OTHERS("others");

  private final String value;

  FlowPeer(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.flow.peer}. */
  public String value() {
    return value;
  }
}
