package io.netspan.receiver.agent;

import io.netspan.config.ExportSettings;
import io.netspan.config.TracerSettings;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How many objects of each kind may be kept, so that all of them together fit into the heap; fixed
 * bounds alone could allow more than a small heap holds.
 *
 * @param heapBytes the maximum size of the heap
 */
record HeapShares(long heapBytes) {
  private static final int MOST_PROCESSES = 131_072;
  private static final int MOST_WAITING = 65_536;

  // Half of the heap, a quarter and an eighth, by the bytes that one object takes; a side of a
  // connection takes 352, and some 50 in tables.
  private static final long PER_CONNECTION = 2 * 400;
  private static final long PER_PROCESS = 4 * 512;
  private static final long PER_SPAN = 8 * 400;

  static HeapShares ofThisJvm() {
    return new HeapShares(Runtime.getRuntime().maxMemory());
  }

  /** The most open connections: the configured number, otherwise a share of the heap. */
  int connections(OptionalInt wanted) {
    return wanted.orElseGet(
        () -> share(PER_CONNECTION, TracerSettings.MOST_CONNECTIONS_BY_DEFAULT));
  }

  /** The most processes that are remembered. */
  int processes() {
    return share(PER_PROCESS, MOST_PROCESSES);
  }

  /** The most ended connections that wait to be printed. */
  int waitingToBePrinted() {
    return share(PER_SPAN, MOST_WAITING);
  }

  /**
   * The bytes of requests that wait for backends: the configured number, otherwise a sixth. It
   * comes on top of the shares of objects, which leave a tenth of the heap if all are at their
   * limits.
   */
  long exportBacklog(OptionalLong wanted) {
    return wanted.orElseGet(() -> Math.min(heapBytes / 6, ExportSettings.MOST_BACKLOG_BY_DEFAULT));
  }

  private int share(long perOne, int most) {
    return Math.clamp(heapBytes / perOne, 1, most);
  }
}
