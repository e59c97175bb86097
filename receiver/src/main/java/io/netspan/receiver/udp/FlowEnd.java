package io.netspan.receiver.udp;

/** Why a flow has ended. */
public enum FlowEnd {
  /** The socket was closed. */
  CLOSED("closed"),
  /** There was no datagram for the idle timeout. */
  IDLE("idle"),
  /** The agent stopped. */
  STOPPED("stopped");

  private final String value;

  FlowEnd(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.flow.end}. */
  public String value() {
    return value;
  }
}
