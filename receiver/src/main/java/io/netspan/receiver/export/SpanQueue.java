package io.netspan.receiver.export;

import io.netspan.receiver.telemetry.NetworkSpan;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** A bounded queue between one thread that offers and one that polls; neither waits. */
final class SpanQueue {
  private final AtomicReferenceArray<@Nullable NetworkSpan> slots;
  private final AtomicLong polled = new AtomicLong();
  private final AtomicLong offered = new AtomicLong();

  SpanQueue(int capacity) {
    slots = new AtomicReferenceArray<>(capacity);
  }

  /** Adds a span; false if the queue is full. */
  boolean offer(NetworkSpan span) {
    long at = offered.getPlain();
    if (at - polled.getAcquire() >= slots.length()) {
      return false;
    }
    slots.setPlain((int) (at % slots.length()), span);
    // Publishes the slot. This is a volatile store rather than a release, because the offering
    // thread reads next whether the other one sleeps, and that load must not be reordered before
    // this store.
    offered.set(at + 1);
    return true;
  }

  @Nullable NetworkSpan poll() {
    long at = polled.getPlain();
    if (at == offered.getAcquire()) {
      return null;
    }
    int slot = (int) (at % slots.length());
    NetworkSpan span = slots.getPlain(slot);
    slots.setPlain(slot, null);
    polled.setRelease(at + 1);
    return span;
  }

  /**
   * The number of spans in the queue. May be called by any thread; exact for the two that use the
   * queue.
   */
  int size() {
    return (int) Math.max(0, offered.get() - polled.get());
  }
}
