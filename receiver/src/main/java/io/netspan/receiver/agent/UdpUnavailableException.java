package io.netspan.receiver.agent;

/**
 * This kernel has no way of seeing datagrams, or does not allow it; the message has all reasons.
 */
final class UdpUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UdpUnavailableException(String message) {
    super(message);
  }
}
