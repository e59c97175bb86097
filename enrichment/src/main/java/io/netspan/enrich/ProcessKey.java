package io.netspan.enrich;

/**
 * Identifies one process for good, although its pid is used again.
 *
 * @param pid the thread group id, in the initial pid namespace
 * @param startTimeNanos {@code task_struct.start_boottime} of the group's leader: nanoseconds since
 *     boot, with the time that the machine was suspended, in the initial time namespace. From
 *     {@code /proc} it is known in steps of 10 ms.
 */
public record ProcessKey(int pid, long startTimeNanos) {
  public static final long NANOS_PER_TICK = 10_000_000;

  /** Whether it is the same process, at the resolution of {@code /proc}. */
  public boolean isSame(int otherPid, long otherStartNanos) {
    return pid == otherPid && startTimeNanos / NANOS_PER_TICK == otherStartNanos / NANOS_PER_TICK;
  }
}
