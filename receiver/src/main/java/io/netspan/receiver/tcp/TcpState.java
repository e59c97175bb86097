package io.netspan.receiver.tcp;

/** The kernel's states, {@code include/net/tcp_states.h}: part of the user ABI. */
final class TcpState {
  static final int TCP_ESTABLISHED = 1;
  static final int TCP_SYN_SENT = 2;
  static final int TCP_SYN_RECV = 3;
  static final int TCP_FIN_WAIT1 = 4;
  static final int TCP_FIN_WAIT2 = 5;
  static final int TCP_CLOSE = 7;
  static final int TCP_CLOSE_WAIT = 8;
  static final int TCP_LAST_ACK = 9;
  static final int TCP_LISTEN = 10;
  static final int TCP_CLOSING = 11;

  private TcpState() {}
}
