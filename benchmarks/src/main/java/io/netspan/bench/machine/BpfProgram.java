package io.netspan.bench.machine;

import java.util.Set;

/**
 * A program in the kernel.
 *
 * @param runNs the time of all runs while {@code kernel.bpf_stats_enabled} was on
 */
public record BpfProgram(int id, String type, String name, long runNs, long runs) {
  /** Programs that run for what happens on the machine; others are of single sockets or cgroups. */
  private static final Set<String> TRACING =
      Set.of(
          "kprobe",
          "tracepoint",
          "raw_tracepoint",
          "raw_tracepoint_writable",
          "perf_event",
          "tracing",
          "lsm",
          "sched_cls",
          "sock_ops",
          "xdp");

  boolean isTracing() {
    return TRACING.contains(type);
  }
}
