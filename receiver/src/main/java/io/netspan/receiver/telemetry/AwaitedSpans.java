package io.netspan.receiver.telemetry;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Spans of sides that ended while their other side is open, and that neither the sampler nor a rule
 * has kept: the end of the other side may keep both. Belongs to the thread that has the turn.
 */
final class AwaitedSpans {
  static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(10);
  static final int MOST = 16_384;

  /**
   * How much of the time between two calls of {@link #readUpTo} counts at most. More passes when
   * the machine was suspended, and then no side could end.
   */
  private static final long STEP_NS = TimeUnit.SECONDS.toNanos(1);

  private final Long2ObjectHashMap<UndecidedSpan> byPair = new Long2ObjectHashMap<>();
  private final ArrayDeque<Waiting> order = new ArrayDeque<>();

  private record Waiting(long pair, long sinceNs, UndecidedSpan span) {}

  private long readUpToNs;

  /** The time during which events were read, since the first call. */
  private long elapsedNs;

  /**
   * Adds a span; if too many wait, the first of them is given up.
   *
   * @param pair the identity pair of its connection
   */
  void add(long pair, UndecidedSpan span) {
    if (order.size() >= MOST) {
      giveUp(order.removeFirst());
    }
    span.await();
    UndecidedSpan earlier = byPair.put(pair, span);
    if (earlier != null) {
      earlier.giveUp();
    }
    order.addLast(new Waiting(pair, elapsedNs, span));
  }

  /** Takes the span of the other side of a connection; null if it is not here. */
  @Nullable UndecidedSpan take(long pair) {
    return byPair.remove(pair);
  }

  /** Gives up what has waited for 10 s; everything if no more events come. */
  void readUpTo(long ns) {
    boolean last = ns == Long.MAX_VALUE;
    if (!last) {
      elapsedNs += readUpToNs == 0 ? 0 : Math.clamp(ns - readUpToNs, 0, STEP_NS);
      readUpToNs = ns;
    }
    Waiting first = order.peekFirst();
    while (first != null && (last || first.sinceNs() < elapsedNs - WITHIN_NS)) {
      giveUp(order.removeFirst());
      first = order.peekFirst();
    }
  }

  private void giveUp(Waiting waiting) {
    if (byPair.remove(waiting.pair(), waiting.span())) {
      waiting.span().giveUp();
    }
  }
}
