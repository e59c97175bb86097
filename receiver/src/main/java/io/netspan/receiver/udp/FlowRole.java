package io.netspan.receiver.udp;

import io.netspan.receiver.wire.UdpFlowView;

/** Which end of a flow a socket is, by its first datagram and its port. */
public enum FlowRole {
  /**
   * It sent first, from a port that the kernel chose, or to a well-known port from one that is not.
   */
  CLIENT("client"),
  /** It received first, on a port that the program chose. */
  SERVER("server"),
  /** Neither a client nor a server. */
  INTERNAL("internal");

  private static final int FIRST_UNPRIVILEGED = 1024;

  private final String value;

  FlowRole(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.role}. */
  public String value() {
    return value;
  }

  static FlowRole of(UdpFlowView flow) {
    if (!flow.bound()) {
      return flow.sentFirst() ? CLIENT : INTERNAL;
    }
    if (!flow.sentFirst()) {
      return SERVER;
    }
    // The program chose the port and sent first. It is a client if its socket is connected to a
    // well-known port, unless its own port is well-known too (NTP among servers, DHCP).
    return flow.connected()
            && flow.peerPort() < FIRST_UNPRIVILEGED
            && flow.localPort() >= FIRST_UNPRIVILEGED
        ? CLIENT
        : INTERNAL;
  }
}
