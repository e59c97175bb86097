package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_CLOSE_WAIT;
import static io.netspan.receiver.net.TcpState.TCP_CLOSING;
import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT1;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;

import io.netspan.linux.Errno;
import io.netspan.receiver.wire.TcpCloseEvent;

/** Why a connection ended, from the state it left and the error that ended it. */
public enum CloseReason {
  /** Our end sent the first FIN. */
  LOCAL_FIN("local_fin"),
  /** The other end sent the first FIN. */
  REMOTE_FIN("remote_fin"),
  /**
   * Our end reset it: SO_LINGER 0, unread data, or its listener was closed before it was accepted.
   */
  LOCAL_RESET("local_reset"),
  REMOTE_RESET("remote_reset"),
  TIMEOUT("timeout"),
  REFUSED("refused"),
  UNREACHABLE("unreachable"),
  /** The application gave up while connecting. */
  ABORTED("aborted"),
  /** The process that had it open was killed by a signal. */
  KILLED("killed"),
  /** An administrator ended it ({@code ss -K}). */
  DESTROYED("destroyed"),
  /**
   * The connection goes on in another socket, maybe on another machine: TCP_REPAIR, as used by
   * CRIU.
   */
  REPAIR("repair"),
  /** The end was not seen, or the kernel's reason is not specific. */
  UNKNOWN("unknown");

  private final String value;

  CloseReason(String value) {
    this.value = value;
  }

  /** The value of {@code netspan.close.reason}. */
  public String value() {
    return value;
  }

  /**
   * @param event the end
   * @param exitSignal the signal that was killing the process when it closed our end; 0: none
   */
  static CloseReason of(TcpCloseEvent event, int exitSignal) {
    if (event.isRepaired()) {
      return REPAIR;
    }
    CloseReason reason = of(event.oldstate(), EndingError.of(event));
    return switch (reason) {
      case LOCAL_FIN, LOCAL_RESET, ABORTED -> exitSignal == 0 ? reason : KILLED;
      default -> reason;
    };
  }

  /**
   * Whether our own kernel may have sent the reset, which looks like a received one. It resets a
   * connection when data arrives for a socket that its process has closed (tcp_rcv_state_process).
   */
  static boolean mayBeOurs(TcpCloseEvent event) {
    return event.skErr() == Errno.ECONNRESET
        && (event.oldstate() == TCP_FIN_WAIT1 || event.oldstate() == TCP_FIN_WAIT2);
  }

  /** The reason by the last state that was seen, if it shows which end sent the first FIN. */
  static CloseReason ofLastSeen(int state) {
    return switch (state) {
      case TCP_FIN_WAIT1, TCP_FIN_WAIT2 -> LOCAL_FIN;
      case TCP_CLOSE_WAIT, TCP_LAST_ACK -> REMOTE_FIN;
      default -> UNKNOWN;
    };
  }

  private static CloseReason of(int oldstate, int error) {
    return switch (error) {
      case Errno.NONE -> withoutError(oldstate);
      case Errno.ECONNREFUSED -> REFUSED;
      // tcp_reset: ECONNRESET, or EPIPE once the other end's FIN had come.
      case Errno.ECONNRESET, Errno.EPIPE -> REMOTE_RESET;
      case Errno.ETIMEDOUT -> TIMEOUT;
      // The errors that ICMP is converted to: icmp_err_convert[] and, for IPv6, tab_unreach[],
      // icmpv6_err_convert.
      case Errno.EHOSTUNREACH,
          Errno.ENETUNREACH,
          Errno.EACCES,
          Errno.ENONET,
          Errno.EPROTO,
          Errno.ENOPROTOOPT,
          Errno.EOPNOTSUPP,
          Errno.EHOSTDOWN ->
          UNREACHABLE;
      case Errno.ECONNABORTED -> DESTROYED; // tcp_abort
      default -> UNKNOWN;
    };
  }

  private static CloseReason withoutError(int oldstate) {
    return switch (oldstate) {
      case TCP_SYN_SENT -> ABORTED;
      case TCP_ESTABLISHED, TCP_CLOSE_WAIT -> LOCAL_RESET;
      case TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_CLOSING -> LOCAL_FIN;
      case TCP_LAST_ACK -> REMOTE_FIN;
      default -> UNKNOWN;
    };
  }
}
