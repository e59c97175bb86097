package io.netspan.bpf.object;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Whether this process may load programs of this object into this kernel. */
final class KernelCondition implements ExecutionCondition {

  // bits of include/uapi/linux/capability.h
  private static final long SYS_ADMIN = 1L << 21;
  private static final long PERFMON_AND_BPF = 1L << 38 | 1L << 39;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (context.getTestMethod().isPresent()) {
      return enabled("the class decides");
    }
    if (System.getProperty("kernel.tests", "").equals("required")) {
      return enabled("-Dkernel.tests=required");
    }
    if (!Files.exists(Path.of("/sys/kernel/btf/vmlinux"))) {
      return disabled("the kernel has no BTF: /sys/kernel/btf/vmlinux is missing");
    }
    long capabilities = effectiveCapabilities();
    boolean allowed =
        (capabilities & SYS_ADMIN) != 0 || (capabilities & PERFMON_AND_BPF) == PERFMON_AND_BPF;
    return allowed
        ? enabled("BTF and capabilities are there")
        : disabled("needs root, or CAP_BPF and CAP_PERFMON");
  }

  private static long effectiveCapabilities() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("CapEff:"))
          .map(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
