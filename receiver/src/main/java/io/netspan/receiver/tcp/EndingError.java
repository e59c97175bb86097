package io.netspan.receiver.tcp;

import io.netspan.linux.Errno;
import io.netspan.receiver.net.TcpState;
import io.netspan.receiver.wire.TcpCloseEvent;

/** Finds the error that ended a connection, which need not be the error on its socket. */
final class EndingError {
  private EndingError() {}

  /**
   * The errno; 0 if the connection ended without an error.
   *
   * <p>With {@code IP_RECVERR} an ICMP error is put on the socket of an established connection, and
   * stays there until a process asks for it, while the connection goes on (tcp_v4_err). Such an
   * error ends only a connect(), or a connection whose timer gave up: tcp_write_err takes it from
   * {@code sk_err_soft}.
   */
  static int of(TcpCloseEvent event) {
    int error = event.skErr();
    return switch (error) {
      case Errno.NONE, Errno.ECONNRESET, Errno.EPIPE, Errno.ETIMEDOUT, Errno.ECONNABORTED -> error;
      default ->
          event.oldstate() == TcpState.TCP_SYN_SENT
                  || event.oldstate() == TcpState.TCP_SYN_RECV
                  || event.skErrSoft() == error
              ? error
              : Errno.NONE;
    };
  }
}
