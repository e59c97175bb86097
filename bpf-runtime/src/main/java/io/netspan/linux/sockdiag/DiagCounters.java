package io.netspan.linux.sockdiag;

import java.util.concurrent.atomic.LongAdder;

/** Counts of failures since the start. Any thread. */
public final class DiagCounters {
  final LongAdder malformed = new LongAdder();
  final LongAdder dumpInterrupted = new LongAdder();
  final LongAdder dumpFailed = new LongAdder();
  final LongAdder findFailed = new LongAdder();
  final LongAdder destroyOverflow = new LongAdder();

  /** Malformed messages. */
  public long malformed() {
    return malformed.sum();
  }

  /** Dumps that the kernel reported as interrupted by changes to its tables at each attempt. */
  public long dumpInterrupted() {
    return dumpInterrupted.sum();
  }

  /** Dumps that failed before their end. */
  public long dumpFailed() {
    return dumpFailed.sum();
  }

  /** Questions for one socket that the kernel did not answer. */
  public long findFailed() {
    return findFailed.sum();
  }

  /** How often the receive buffer had no room for messages about destroyed sockets. */
  public long destroyOverflow() {
    return destroyOverflow.sum();
  }
}
