package io.netspan.receiver.poll;

import java.util.ArrayList;
import java.util.List;

/** The capabilities that a process holds, {@code include/uapi/linux/capability.h}. */
public record Capabilities(long effective) {
  private static final int CAP_DAC_READ_SEARCH = 2;
  private static final int CAP_SYS_PTRACE = 19;
  private static final int CAP_SYS_ADMIN = 21;
  private static final int CAP_PERFMON = 38;
  private static final int CAP_BPF = 39;

  /** From {@code /proc/PID/status}; none if the text has none. */
  public static Capabilities effective(String status) {
    return new Capabilities(
        status
            .lines()
            .filter(line -> line.startsWith("CapEff:"))
            .findFirst()
            .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
            .orElse(0L));
  }

  /** CAP_SYS_ADMIN stands for both: they were split off from it in Linux 5.8. */
  public List<String> missingForTracing() {
    List<String> missing = new ArrayList<>();
    if (!has(CAP_SYS_ADMIN)) {
      addIfMissing(missing, CAP_BPF, "CAP_BPF");
      addIfMissing(missing, CAP_PERFMON, "CAP_PERFMON");
    }
    return missing;
  }

  /** Reading {@code /proc/PID/exe} and {@code environ} of other users takes both. */
  public List<String> missingForProcesses() {
    List<String> missing = new ArrayList<>();
    addIfMissing(missing, CAP_SYS_PTRACE, "CAP_SYS_PTRACE");
    addIfMissing(missing, CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH");
    return missing;
  }

  /** Entering other network namespaces, for setns(2). */
  public boolean entersNamespaces() {
    return has(CAP_SYS_ADMIN);
  }

  private void addIfMissing(List<String> missing, int capability, String name) {
    if (!has(capability)) {
      missing.add(name);
    }
  }

  private boolean has(int capability) {
    return (effective >>> capability & 1) != 0;
  }
}
