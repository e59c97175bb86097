package io.netspan.receiver.udp;

/** The kind of peer that a flow has. */
public enum FlowPeer {
  /** One peer, whose address is known. */
  KNOWN("known"),
  /** The address is not known: the program received without asking for it, or no hook sees it. */
  UNKNOWN("unknown"),
  /** All peers of the socket for which there was no room in the table. */
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
