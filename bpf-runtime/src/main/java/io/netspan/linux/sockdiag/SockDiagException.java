package io.netspan.linux.sockdiag;

/** Sockets cannot be read. The message names the failed operation, the cause and the remedy. */
public final class SockDiagException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** Why sockets cannot be read. */
  public enum Cause {
    /** This process lacks a permission. */
    DENIED,
    /** The network namespace no longer exists. */
    GONE,
    /** The kernel lacks the feature. */
    UNSUPPORTED
  }

  private final Cause why;

  SockDiagException(Cause why, String message) {
    super(message);
    this.why = why;
  }

  public Cause why() {
    return why;
  }
}
