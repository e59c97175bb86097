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

  /** Reads {@code /proc/PID/status}; without its line of capabilities, the process has none. */
  public static Capabilities effective(String status) {
    return new Capabilities(
        status
            .lines()
            .filter(line -> line.startsWith("CapEff:"))
            .findFirst()
            .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
            .orElse(0L));
  }

  /**
   * The capabilities that tracing lacks. CAP_SYS_ADMIN implies both: Linux 5.8 split them off from
   * it.
   */
  public List<String> missingForTracing() {
    List<String> missing = new ArrayList<>();
    if (!has(CAP_SYS_ADMIN)) {
      addIfMissing(missing, CAP_BPF, "CAP_BPF");
      addIfMissing(missing, CAP_PERFMON, "CAP_PERFMON");
    }
    return missing;
  }

  /**
   * The capabilities that are missing for reading {@code /proc/PID/exe} and {@code environ} of
   * other users' processes.
   */
  public List<String> missingForProcesses() {
    List<String> missing = new ArrayList<>();
    addIfMissing(missing, CAP_SYS_PTRACE, "CAP_SYS_PTRACE");
    addIfMissing(missing, CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH");
    return missing;
  }

  /** Whether the process may enter other network namespaces with setns(2). */
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
