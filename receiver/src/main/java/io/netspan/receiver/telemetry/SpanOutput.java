package io.netspan.receiver.telemetry;

/** Where spans go besides the exporters. Called by the thread that has the turn: must not block. */
public interface SpanOutput {
  /**
   * Whether what ended at this CLOCK_BOOTTIME time is wanted; if not, it is counted there and not
   * made.
   */
  boolean wants(long nowNs);

  void accept(NetworkSpan span);
}
