package io.netspan.bench.machine;

import java.util.Collection;

/** The runs of a program within some time, and how long they took as the kernel measured it. */
public record BpfRuns(long runs, long ns) {
  /**
   * Returns what programs took, without the measuring.
   *
   * @param emptyNs what the kernel measures of a run of an empty program
   */
  public static double netNs(Collection<BpfRuns> programs, double emptyNs) {
    return programs.stream().mapToDouble(one -> one.ns - one.runs * emptyNs).sum();
  }

  /** Returns what the kernel measured per run; 0 without a run. */
  public static double nsPerRun(Collection<BpfRuns> programs) {
    long runs = programs.stream().mapToLong(BpfRuns::runs).sum();
    return runs == 0 ? 0 : (double) programs.stream().mapToLong(BpfRuns::ns).sum() / runs;
  }
}
