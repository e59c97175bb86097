package io.netspan.bpf.object;

/**
 * Something could not be done with BPF. The message says what was being done to what, the kernel's
 * error by name and number, and what would mend it where that is known.
 */
public class BpfException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public BpfException(String message) {
    super(message);
  }

  private BpfException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The cause's message says why. */
  public static BpfException because(String what, RuntimeException cause) {
    return new BpfException(what + ": " + cause.getMessage(), cause);
  }
}
