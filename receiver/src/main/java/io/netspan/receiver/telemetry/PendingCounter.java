package io.netspan.receiver.telemetry;

import io.netspan.receiver.SingleWriterCounter;

/**
 * A counter that the thread that has the turn increments. {@link Series#report} takes the
 * increments out and adds them to a counter of the SDK, so that the SDK's attributes are not looked
 * up for each event.
 */
public final class PendingCounter {
  private final SingleWriterCounter counter = new SingleWriterCounter();
  private long taken;

  public void increment() {
    counter.increment();
  }

  public void add(long n) {
    counter.add(n);
  }

  /** What was added since the last call. Called with the lock of the series' table. */
  public long take() {
    long now = counter.get();
    long since = now - taken;
    taken = now;
    return since;
  }
}
