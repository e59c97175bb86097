package io.netspan.bpf.object;

/**
 * Something could not be done with BPF. The message says what was being done to what, the kernel's
 * error by name and number, and what would mend it where that is known.
 */
public class BpfException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String reason;
  private final String remedy;

  /** A failure without a known remedy. */
  public BpfException(String reason) {
    this(reason, "", reason);
  }

  /**
   * @param remedy what would help; empty if that is not known
   */
  BpfException(String reason, String remedy) {
    this(reason, remedy, remedy.isEmpty() ? reason : reason + "; " + remedy);
  }

  /**
   * @param message has the reason and more
   */
  BpfException(String reason, String remedy, String message) {
    super(message);
    this.reason = reason;
    this.remedy = remedy;
  }

  private BpfException(String message, Throwable cause) {
    super(message, cause);
    this.reason = message;
    this.remedy = "";
  }

  /** What failed and the kernel's error, in a line, without the remedy. */
  public final String reason() {
    return reason;
  }

  /** What would help, or libbpf's own words; empty if nothing is known. */
  public final String remedy() {
    return remedy;
  }

  /** The cause's message says why. */
  public static BpfException because(String what, RuntimeException cause) {
    return new BpfException(what + ": " + cause.getMessage(), cause);
  }
}
