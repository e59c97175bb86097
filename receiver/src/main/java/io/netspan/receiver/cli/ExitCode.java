package io.netspan.receiver.cli;

/** The exit codes of the process, documented in docs/operations.md. */
final class ExitCode {
  static final int OK = 0;

  /** The command ran and failed. */
  static final int FAILED = 1;

  /** The command line or the settings cannot be used. */
  static final int USAGE = 2;

  /** The kernel, or the permissions of this process, do not suffice. */
  static final int UNSUPPORTED = 3;

  private ExitCode() {}
}
