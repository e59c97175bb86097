package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.object.VerifierException;

/** Why the kernel programs cannot run, in a line. */
final class Refusal {
  private Refusal() {}

  /**
   * A kernel that is locked down for confidentiality takes the helpers that read its memory away
   * (LOCKDOWN_BPF_READ_KERNEL, Linux 5.4); nothing else does for these programs.
   */
  static String of(BpfException refused) {
    if (!(refused instanceof VerifierException verifier)) {
      return String.valueOf(refused.getMessage());
    }
    if (verifier.verdict().contains("bpf_probe_read")) {
      return "the kernel is locked down for confidentiality, which forbids BPF to read its memory;"
          + " boot with lockdown=integrity, or without";
    }
    return "load program " + verifier.program() + ": the verifier says: " + verifier.verdict();
  }
}
