package io.netspan.bpf.sys;

/**
 * Native code cannot be reached from this JVM; the message says what to install or to switch on.
 */
public final class NativeUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1;

  NativeUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }

  NativeUnavailableException(String message) {
    super(message);
  }
}
