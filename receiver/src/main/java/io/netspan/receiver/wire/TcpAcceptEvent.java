package io.netspan.receiver.wire;

import java.lang.foreign.StructLayout;

/**
 * {@code struct tcp_accept_event}: accept() has returned a socket, reported in the context of the
 * thread that called it. Only where the kernel allows trampolines.
 */
public final class TcpAcceptEvent extends TcpProcessEvent {
  static final StructLayout LAYOUT = processRecord("tcp_accept_event");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.TCP_ACCEPT;
  }
}
