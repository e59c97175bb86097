package io.netspan.receiver.tcp;

import io.netspan.receiver.net.TcpState;

/** The state of an open connection; the values are those of {@code network.connection.state}. */
public enum ConnectionState {
  SYN_SENT("syn_sent"),
  /** Accepted before the handshake was complete: TCP Fast Open. */
  SYN_RECEIVED("syn_received"),
  ESTABLISHED("established"),
  /** Our end was closed first. */
  FIN_WAIT_1("fin_wait_1"),
  /** The other end has acknowledged our FIN; seen by passes only. */
  FIN_WAIT_2("fin_wait_2"),
  /** The other end was closed, ours was not; seen by passes only. */
  CLOSE_WAIT("close_wait"),
  /** Both ends were closed at the same time; seen by passes only. */
  CLOSING("closing"),
  /** The other end was closed first, ours after it. */
  LAST_ACK("last_ack");

  private final String value;

  ConnectionState(String value) {
    this.value = value;
  }

  public String value() {
    return value;
  }

  /**
   * The state after a reading. A connection does not go back, so a reading that says so is older
   * than the event that gave this state, even if its time is not.
   */
  ConnectionState then(ConnectionState read) {
    return read.phase() < phase() ? this : read;
  }

  private int phase() {
    return switch (this) {
      case SYN_SENT, SYN_RECEIVED -> 0;
      case ESTABLISHED, CLOSE_WAIT -> 1;
      case FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK -> 2;
    };
  }

  /** The state for the kernel's number. */
  static ConnectionState of(int state) {
    return switch (state) {
      case TcpState.TCP_SYN_SENT -> SYN_SENT;
      case TcpState.TCP_SYN_RECV -> SYN_RECEIVED;
      case TcpState.TCP_FIN_WAIT1 -> FIN_WAIT_1;
      case TcpState.TCP_FIN_WAIT2 -> FIN_WAIT_2;
      case TcpState.TCP_CLOSE_WAIT -> CLOSE_WAIT;
      case TcpState.TCP_CLOSING -> CLOSING;
      case TcpState.TCP_LAST_ACK -> LAST_ACK;
      default -> ESTABLISHED;
    };
  }
}
