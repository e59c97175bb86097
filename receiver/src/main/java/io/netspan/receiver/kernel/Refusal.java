package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.object.VerifierException;

/** The reason why the kernel programs cannot run, in one line. */
final class Refusal {
  private Refusal() {}

  /**
   * Describes a refusal. For these programs, only lockdown takes away the helpers that read memory.
   */
  static String of(BpfException refused) {
    if (!(refused instanceof VerifierException verifier)) {
      return String.valueOf(refused.getMessage());
    }
    if (verifier.deniesReadingKernelMemory()) {
      return "the kernel is locked down for confidentiality, which forbids BPF to read its memory;"
          + " boot with lockdown=integrity, or without";
    }
    return "load program " + verifier.program() + ": the verifier says: " + verifier.verdict();
  }
}
