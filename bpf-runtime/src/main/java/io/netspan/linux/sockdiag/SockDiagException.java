package io.netspan.linux.sockdiag;

/** Sockets cannot be read. The message says which, why, and the remedy. */
public final class SockDiagException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** What it comes from. */
  public enum Cause {
    /** This process may not. */
    DENIED,
    /** The network namespace is no more. */
    GONE,
    /** The kernel cannot. */
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
