package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.ConnectionError;

/** What went wrong, in words, for the description of a span's status. */
final class ErrorText {
  private ErrorText() {}

  /** Of a connection that was never established. */
  static String ofConnect(ConnectionError error) {
    return switch (error) {
      case TIMED_OUT -> "the server did not answer the connection request in time";
      case ABORTED -> "the application gave up while connecting";
      case CONNECTION_RESET -> "the connection was reset while it was being established";
      default -> ofCall(error);
    };
  }

  /** Of a connection that was established. */
  static String ofEnd(ConnectionError error) {
    return switch (error) {
      case TIMED_OUT -> "the other end stopped acknowledging";
      case ABORTED -> "the connection was ended by an administrator";
      default -> ofCall(error);
    };
  }

  /** Of a call that the network made fail. */
  static String ofCall(ConnectionError error) {
    return switch (error) {
      case NONE -> "";
      case CONNECTION_REFUSED -> "nothing listens at this address and port";
      case TIMED_OUT -> "timed out";
      case HOST_UNREACHABLE -> "the host cannot be reached";
      case NETWORK_UNREACHABLE -> "the network cannot be reached";
      case CONNECTION_RESET -> "the other end reset the connection";
      case ADDRESS_IN_USE -> "the local address is in use";
      case ADDRESS_NOT_AVAILABLE -> "no local address or port is available";
      case ACCESS_DENIED -> "a firewall rejected it";
      case ABORTED -> "aborted";
      case OTHER -> "another network error";
    };
  }
}
