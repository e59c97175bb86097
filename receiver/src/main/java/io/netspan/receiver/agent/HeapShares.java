package io.netspan.receiver.agent;

import io.netspan.config.TracerSettings;
import java.util.OptionalInt;

/**
 * How much of a kind may be kept, so that all of it together fits into the heap: what a bound in
 * numbers alone allows can be more than there is.
 *
 * @param heapBytes the greatest heap
 */
record HeapShares(long heapBytes) {
  private static final int MOST_PROCESSES = 131_072;
  private static final int MOST_WAITING = 65_536;

  // Half of the heap, a quarter, and an eighth, by what one takes at most.
  private static final long PER_CONNECTION = 2 * 400;
  private static final long PER_PROCESS = 4 * 512;
  private static final long PER_SPAN = 8 * 400;

  static HeapShares ofThisJvm() {
    return new HeapShares(Runtime.getRuntime().maxMemory());
  }

  /** Open connections: what the user says, else a share. */
  int connections(OptionalInt wanted) {
    return wanted.orElseGet(
        () -> share(PER_CONNECTION, TracerSettings.MOST_CONNECTIONS_BY_DEFAULT));
  }

  /** Processes that are remembered. */
  int processes() {
    return share(PER_PROCESS, MOST_PROCESSES);
  }

  /** Connections that have ended and wait to be printed. */
  int waitingToBePrinted() {
    return share(PER_SPAN, MOST_WAITING);
  }

  private int share(long perOne, int most) {
    return Math.clamp(heapBytes / perOne, 1, most);
  }
}
