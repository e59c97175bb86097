package io.netspan.bench.machine;

import java.util.Optional;

/**
 * A process in {@code /proc/PID/stat}.
 *
 * @param own CPU time in ticks
 * @param reaped that of its children that have ended and were waited for
 */
record ProcessCpu(long pid, long parent, String name, long own, long reaped) {
  private static final int STATE = 0;
  private static final int PARENT = 1;
  private static final int USER = 11;

  long all() {
    return own + reaped;
  }

  /** Parses the file, in which the name may have spaces and parentheses. */
  static Optional<ProcessCpu> parse(String stat) {
    int open = stat.indexOf('(');
    int close = stat.lastIndexOf(')');
    if (open < 1 || close < open || close + 2 > stat.length()) {
      return Optional.empty();
    }
    String[] fields = stat.substring(close + 2).split(" ", -1);
    if (fields.length < USER + 4 || fields[STATE].isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ProcessCpu(
            Long.parseLong(stat.substring(0, open).strip()),
            Long.parseLong(fields[PARENT]),
            stat.substring(open + 1, close),
            Long.parseLong(fields[USER]) + Long.parseLong(fields[USER + 1]),
            Long.parseLong(fields[USER + 2]) + Long.parseLong(fields[USER + 3])));
  }
}
