package io.netspan.receiver.tcp;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ended connections that look as if the other end had sent a reset, and wait for the event that
 * says that our kernel sent it. That event is emitted in the same softirq, after the end.
 */
final class AwaitedResets {
  /** The longest wait: a virtual CPU can be descheduled between the two events. */
  private static final long WITHIN_NS = TimeUnit.MILLISECONDS.toNanos(20);

  /** The waiting connections, in the order of their ends. */
  private final ArrayDeque<Connection> waiting = new ArrayDeque<>();

  void add(Connection ended) {
    waiting.addLast(ended);
  }

  /** Takes out the last connection that ended on this address; null if none waits. */
  @Nullable Connection take(long sk) {
    for (Iterator<Connection> it = waiting.descendingIterator(); it.hasNext(); ) {
      Connection ended = it.next();
      if (ended.sk == sk) {
        it.remove();
        return ended;
      }
    }
    return null;
  }

  /**
   * Takes out the connections for which no event can come any more.
   *
   * @param readUpToNs all events until then have been seen; CLOCK_BOOTTIME
   */
  void takeUntil(long readUpToNs, Consumer<Connection> end) {
    Connection first = waiting.peekFirst();
    while (first != null && readUpToNs - WITHIN_NS > first.closedNs) {
      end.accept(waiting.removeFirst());
      first = waiting.peekFirst();
    }
  }
}
