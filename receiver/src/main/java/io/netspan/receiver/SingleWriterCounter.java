package io.netspan.receiver;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A counter that one thread raises and any may read. Raising it costs a plain load and a release
 * store, not the locked instruction of an atomic increment; a second writer would lose counts.
 */
public final class SingleWriterCounter {
  private final AtomicLong value = new AtomicLong();

  public void increment() {
    add(1);
  }

  public void add(long n) {
    value.setRelease(value.getPlain() + n);
  }

  public long get() {
    return value.getAcquire();
  }
}
