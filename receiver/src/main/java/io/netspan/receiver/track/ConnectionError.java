package io.netspan.receiver.track;

import static io.netspan.receiver.track.TcpState.TCP_SYN_SENT;

/**
 * What went wrong with a connection, in the words of .NET's socket conventions: the values of
 * {@code error.type}.
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

  /**
   * @param sport the local port; 0 in a step from SYN_SENT says that the kernel found none to
   *     connect from (tcp_v4_connect goes back to CLOSE when inet_hash_connect fails, without an
   *     error on the socket)
   */
  static ConnectionError of(int oldstate, int skErr, int sport) {
    return skErr == Errno.NONE ? withoutError(oldstate, sport) : ofErrno(skErr);
  }

  /** What an error number of the kernel, not 0, stands for. */
  public static ConnectionError ofErrno(int errno) {
    return switch (errno) {
      case Errno.ECONNREFUSED -> CONNECTION_REFUSED;
      case Errno.ETIMEDOUT -> TIMED_OUT;
      case Errno.EHOSTUNREACH -> HOST_UNREACHABLE;
      case Errno.ENETUNREACH -> NETWORK_UNREACHABLE;
      case Errno.ECONNRESET, Errno.EPIPE -> CONNECTION_RESET;
      case Errno.EADDRINUSE -> ADDRESS_IN_USE;
      case Errno.EADDRNOTAVAIL -> ADDRESS_NOT_AVAILABLE;
      case Errno.EACCES, Errno.EPERM -> ACCESS_DENIED;
      case Errno.ECONNABORTED -> ABORTED;
      default -> OTHER;
    };
  }

  private static ConnectionError withoutError(int oldstate, int sport) {
    if (oldstate != TCP_SYN_SENT) {
      return NONE;
    }
    return sport == 0 ? ADDRESS_NOT_AVAILABLE : ABORTED;
  }
}
