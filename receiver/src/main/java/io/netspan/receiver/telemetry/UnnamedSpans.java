package io.netspan.receiver.telemetry;

import io.netspan.receiver.workload.Workload;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Spans that neither the sampler nor a rule has kept, and whose services are not known yet: a rule
 * about services may keep them. Belongs to the thread that has the turn.
 */
final class UnnamedSpans {
  private static final long WITHIN_NS = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST = 16_384;

  private final Keep keep;
  private final ArrayDeque<Waiting> order = new ArrayDeque<>();

  private record Waiting(long sinceNs, UndecidedSpan undecided) {
    boolean isNamed() {
      NetworkSpan span = undecided.span();
      return span.owner().isSettled() && isSettled(span.peerOwner());
    }

    private static boolean isSettled(@Nullable Workload peer) {
      return peer == null || peer.isSettled();
    }
  }

  UnnamedSpans(Keep keep) {
    this.keep = keep;
  }

  /**
   * Adds a span; if too many wait, the first of them is decided.
   *
   * @param nowNs CLOCK_BOOTTIME
   */
  void add(long nowNs, UndecidedSpan span) {
    if (order.size() >= MOST) {
      decide(order.removeFirst().undecided());
    }
    span.await();
    order.addLast(new Waiting(nowNs, span));
  }

  /** Decides about the spans whose services are known, and about those that have waited for 1 s. */
  void readUpTo(long ns) {
    Waiting first = order.peekFirst();
    while (first != null && (first.isNamed() || first.sinceNs() < ns - WITHIN_NS)) {
      decide(order.removeFirst().undecided());
      first = order.peekFirst();
    }
  }

  /** CLOCK_BOOTTIME ns at which the first one has waited for long enough. */
  long dueNs() {
    Waiting first = order.peekFirst();
    return first == null ? Long.MAX_VALUE : first.sinceNs() + WITHIN_NS + 1;
  }

  private void decide(UndecidedSpan undecided) {
    if (keep.isOfService(undecided.span())) {
      undecided.keep(Keep.SERVICE);
    }
    undecided.giveUp();
  }
}
