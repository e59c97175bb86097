package io.netspan.receiver.tcp;

import io.netspan.linux.Errno;
import io.netspan.receiver.net.TcpState;
import io.netspan.receiver.wire.TcpCloseEvent;

/**
 * What went wrong with a connection: the values of {@code error.type}, which follow .NET's socket
 * conventions.
 */
public enum ConnectionError {
  NONE(""),
  CONNECTION_REFUSED("connection_refused"),
  TIMED_OUT("timed_out"),
  HOST_UNREACHABLE("host_unreachable"),
  NETWORK_UNREACHABLE("network_unreachable"),
  CONNECTION_RESET("connection_reset"),
  ADDRESS_IN_USE("address_in_use"),
  ADDRESS_NOT_AVAILABLE("address_not_available"),
  ACCESS_DENIED("access_denied"),
  ABORTED("aborted"),
  OTHER("_OTHER");

  private final String value;

  ConnectionError(String value) {
    this.value = value;
  }

  public String value() {
    return value;
  }

  static ConnectionError of(TcpCloseEvent event) {
    int error = EndingError.of(event);
    if (error != Errno.NONE) {
      return ofErrno(error);
    }
    return event.oldstate() == TcpState.TCP_SYN_SENT && !event.isRepaired()
        ? ofConnect(event)
        : NONE;
  }

  /** The error for an error number of the kernel other than 0. */
  public static ConnectionError ofErrno(int errno) {
    return switch (errno) {
      case Errno.ECONNREFUSED -> CONNECTION_REFUSED;
      case Errno.ETIMEDOUT -> TIMED_OUT;
      case Errno.EHOSTUNREACH -> HOST_UNREACHABLE;
      case Errno.ENETUNREACH -> NETWORK_UNREACHABLE;
      case Errno.ECONNRESET, Errno.EPIPE -> CONNECTION_RESET;
      case Errno.EADDRINUSE -> ADDRESS_IN_USE;
      case Errno.EADDRNOTAVAIL -> ADDRESS_NOT_AVAILABLE;
      case Errno.EACCES -> ACCESS_DENIED;
      case Errno.ECONNABORTED -> ABORTED;
      default -> OTHER;
    };
  }

  /**
   * tcp_v4_connect goes back to CLOSE without an error on the socket when inet_hash_connect finds
   * no port, or another connection between the same ends. Then nothing was sent and no process shut
   * the socket down; close() sets sk_shutdown first, and a connect() that gives up by AF_UNSPEC has
   * sent its SYN.
   */
  private static ConnectionError ofConnect(TcpCloseEvent event) {
    return event.localPort() == 0 || (event.skShutdown() == 0 && event.segsOut() == 0)
        ? ADDRESS_NOT_AVAILABLE
        : ABORTED;
  }
}
