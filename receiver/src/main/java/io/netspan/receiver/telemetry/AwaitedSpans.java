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

  private final SpanSink sink;
  private final Long2ObjectHashMap<NetworkSpan> byPair = new Long2ObjectHashMap<>();
  private final ArrayDeque<Waiting> order = new ArrayDeque<>();

  private record Waiting(long pair, long sinceNs, NetworkSpan span) {}

  AwaitedSpans(SpanSink sink) {
    this.sink = sink;
  }

  /**
   * Adds a span; if too many wait, the first of them is left out.
   *
   * @param nowNs CLOCK_BOOTTIME
   */
  void add(long pair, long nowNs, NetworkSpan span) {
    if (order.size() >= MOST) {
      leaveOut(order.removeFirst());
    }
    byPair.put(pair, span);
    order.addLast(new Waiting(pair, nowNs, span));
  }

  /** Takes the span of the other side of a connection; null if it is not here. */
  @Nullable NetworkSpan take(long pair) {
    return byPair.remove(pair);
  }

  /** Leaves out what has waited for 10 s. */
  void readUpTo(long ns) {
    Waiting first = order.peekFirst();
    while (first != null && first.sinceNs() < ns - WITHIN_NS) {
      leaveOut(order.removeFirst());
      first = order.peekFirst();
    }
  }

  private void leaveOut(Waiting waiting) {
    if (byPair.remove(waiting.pair(), waiting.span())) {
      sink.countLeftOut();
    }
  }
}
