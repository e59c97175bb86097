package io.netspan.receiver.cli;

/** What the process ends with; documented in docs/operations.md. */
final class ExitCode {
  static final int OK = 0;

  /** It ran and failed. */
  static final int FAILED = 1;

  /** The command line or the settings cannot be used. */
  static final int USAGE = 2;

  /** The kernel, or the privileges of this process, are not sufficient. */
  static final int UNSUPPORTED = 3;

  private ExitCode() {}
}
