package io.netspan.linux.sockdiag;

import java.util.concurrent.atomic.LongAdder;

/** What did not get through, since the start. Any thread. */
public final class DiagCounters {
  final LongAdder malformed = new LongAdder();
  final LongAdder dumpInterrupted = new LongAdder();
  final LongAdder dumpFailed = new LongAdder();
  final LongAdder destroyOverflow = new LongAdder();

  /** Messages that made no sense. */
  public long malformed() {
    return malformed.sum();
  }

  /** Dumps during which the kernel's tables changed under it, however often they were repeated. */
  public long dumpInterrupted() {
    return dumpInterrupted.sum();
  }

  /** Dumps that did not come to their end. */
  public long dumpFailed() {
    return dumpFailed.sum();
  }

  /** Times that there was no room for messages of destroyed sockets. */
  public long destroyOverflow() {
    return destroyOverflow.sum();
  }
}
