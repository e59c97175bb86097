package io.netspan.bpf.object;

import io.netspan.linux.Errno;

/**
 * Something could not be done with BPF. The message says what was being done to what, the kernel's
 * error by name and number, and the remedy where one is known.
 */
public class BpfException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int errno;
  private final String reason;
  private final String remedy;

  /** A failure that is not the kernel's, without a known remedy. */
  public BpfException(String reason) {
    this(0, reason, "", reason);
  }

  /**
   * @param errno as {@link #errno()} has it
   * @param message has the reason and more
   */
  BpfException(int errno, String reason, String remedy, String message) {
    super(message);
    this.errno = errno;
    this.reason = reason;
    this.remedy = remedy;
  }

  private BpfException(String message, Throwable cause) {
    super(message, cause);
    this.errno = 0;
    this.reason = message;
    this.remedy = "";
  }

  /**
   * The kernel or libbpf refused something.
   *
   * @param what was being done to what, such as {@code read map tallies}
   * @param errno a positive error number
   */
  public static BpfException failed(String what, int errno) {
    return failed(what, errno, "");
  }

  /**
   * @param remedy what would help; empty if that is not known
   */
  static BpfException failed(String what, int errno, String remedy) {
    String reason = what + ": " + Errno.describe(errno);
    return new BpfException(
        errno, reason, remedy, remedy.isEmpty() ? reason : reason + "; " + remedy);
  }

  /** The cause's message says why. */
  public static BpfException because(String what, RuntimeException cause) {
    return new BpfException(what + ": " + cause.getMessage(), cause);
  }

  /** The kernel's or libbpf's error number; 0 if there was none. */
  public final int errno() {
    return errno;
  }

  /** What failed and the kernel's error, in a line, without the remedy. */
  public final String reason() {
    return reason;
  }

  /** What would help, or libbpf's own words; empty if nothing is known. */
  public final String remedy() {
    return remedy;
  }
}
