package io.netspan.receiver.telemetry;

/**
 * Takes spans besides the exporters. Called by the thread that has the turn, so it must not block.
 */
public interface SpanOutput {
  /**
   * Whether a span is wanted at this CLOCK_BOOTTIME time; if not, this output counts it, and the
   * span is not made.
   */
  boolean wants(long nowNs);

  void accept(NetworkSpan span);
}
