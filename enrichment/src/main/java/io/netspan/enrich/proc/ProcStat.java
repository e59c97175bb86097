package io.netspan.enrich.proc;

import io.netspan.enrich.ProcessKey;
import org.jspecify.annotations.Nullable;

/**
 * The fields used of {@code /proc/<pid>/stat}: {@code pid (comm) state ppid ... starttime ...}, the
 * start being field 22.
 *
 * @param ended whether the leader thread has exited, alone or with the whole process
 * @param startTicks since boot, in units of 1/{@code USER_HZ} s. {@code USER_HZ} is 100 on every
 *     Linux that Java runs on (it is fixed by the ABI, whatever the kernel's own HZ), and the
 *     kernel rounds down.
 */
record ProcStat(String comm, boolean ended, int parentPid, long startTicks) {
  private static final int STATE = 0;
  private static final int PARENT = 1;
  private static final int START = 19;

  /**
   * Null if the line is malformed. A comm may hold blanks, brackets and what looks like further
   * fields, but nothing after the last closing bracket is a process's own choice.
   */
  static @Nullable ProcStat parse(String line) {
    int open = line.indexOf('(');
    int close = line.lastIndexOf(')');
    if (open < 0 || close < open || close + 2 > line.length()) {
      return null;
    }
    try {
      return new ProcStat(
          line.substring(open + 1, close),
          field(line, close, STATE).equals("Z"),
          Integer.parseInt(field(line, close, PARENT)),
          Long.parseLong(field(line, close, START)));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** A field after the comm; empty if there are fewer. */
  private static String field(String line, int close, int number) {
    int start = close + 2;
    for (int i = 0; i < number; i++) {
      int blank = line.indexOf(' ', start);
      if (blank < 0) {
        return "";
      }
      start = blank + 1;
    }
    int end = line.indexOf(' ', start);
    return (end < 0 ? line.substring(start) : line.substring(start, end)).strip();
  }

  /** The start in nanoseconds, rounded down to whole ticks. */
  ProcessKey key(int pid) {
    return new ProcessKey(pid, startTicks * ProcessKey.NANOS_PER_TICK);
  }

  /**
   * The kernel adds the boot-time offset of the <em>reader's</em> time namespace to field 22. An
   * agent in a time namespace with such an offset would therefore take every process for another
   * one; no such deployment is known.
   */
  boolean startedAt(long startTimeNanos) {
    return startTicks == startTimeNanos / ProcessKey.NANOS_PER_TICK;
  }
}
