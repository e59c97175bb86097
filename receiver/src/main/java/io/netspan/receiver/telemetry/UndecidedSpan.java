package io.netspan.receiver.telemetry;

/**
 * A span that neither the sampler nor a rule has kept so far, and that may wait for several things
 * that could keep it. Belongs to the thread that has the turn.
 */
final class UndecidedSpan {
  private final NetworkSpan span;
  private final SpanSink sink;
  private int awaited;
  private boolean decided;

  UndecidedSpan(NetworkSpan span, SpanSink sink) {
    this.span = span;
    this.sink = sink;
  }

  NetworkSpan span() {
    return span;
  }

  /** Notes that the span waits for one thing more. */
  void await() {
    awaited++;
  }

  /** Exports the span because of a rule, unless another one has kept it. */
  void keep(String rule) {
    if (!decided) {
      decided = true;
      sink.kept(span, rule);
    }
  }

  /** One of the things that it waits for has not kept it; if it was the last, it is left out. */
  void giveUp() {
    awaited--;
    if (awaited == 0 && !decided) {
      decided = true;
      sink.countLeftOut();
    }
  }
}
