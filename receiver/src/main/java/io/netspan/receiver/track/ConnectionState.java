package io.netspan.receiver.track;

/** Where an open connection stands; the values are those of {@code network.connection.state}. */
public enum ConnectionState {
  SYN_SENT("syn_sent"),
  ESTABLISHED("established"),
  /** Our end has been closed first. */
  FIN_WAIT_1("fin_wait_1"),
  /** The other end was closed first, ours since. */
  LAST_ACK("last_ack");

  private final String value;

  ConnectionState(String value) {
    this.value = value;
  }

  public String value() {
    return value;
  }
}
