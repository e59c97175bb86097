package io.netspan.bpf.object;

import io.netspan.linux.Errno;
import java.util.List;

/** The kernel's verifier rejected a program; the message has the end of its log. */
public final class VerifierException extends BpfException {

  private static final long serialVersionUID = 1;

  /** The verdict, and the statistics that follow it. */
  private static final int SHOWN_LINES = 6;

  private final String program;
  private final String log;

  VerifierException(String program, int errno, String log) {
    super(errno, reason(program, errno), "", summary(program, errno, log));
    this.program = program;
    this.log = log;
  }

  private static String reason(String program, int errno) {
    return "load program " + program + ": " + Errno.describe(errno);
  }

  private static String summary(String program, int errno, String log) {
    List<String> lines = log.lines().filter(line -> !line.isBlank()).toList();
    int omitted = Math.max(0, lines.size() - SHOWN_LINES);
    String shown = String.join("\n  ", lines.subList(omitted, lines.size()));
    String rest =
        omitted == 0 ? "" : "\n(" + omitted + (omitted == 1 ? " line" : " lines") + " omitted)";
    return reason(program, errno) + "; the verifier says:\n  " + shown + rest;
  }

  public String program() {
    return program;
  }

  /** The verifier's complaint, in a line; empty if its log is empty. */
  public String verdict() {
    return log.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("processed "))
        .reduce("", (_, later) -> later);
  }

  /**
   * Whether the verdict is about the helpers that read the kernel's memory. A kernel that is locked
   * down for confidentiality takes them away from all programs (LOCKDOWN_BPF_READ_KERNEL, Linux
   * 5.4).
   */
  public boolean deniesReadingKernelMemory() {
    return verdict().contains("bpf_probe_read");
  }

  /** The verifier's whole log. */
  public String log() {
    return log;
  }
}
