package io.netspan.receiver.telemetry;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;

/** Where spans go that are to be exported. All of it belongs to the tracer's thread. */
public interface SpanExport {
  /** Whether there is an exporter of spans. */
  boolean exportsSpans();

  /**
   * Whether the configured sampler keeps the connection or flow: the same at both of its ends.
   *
   * @param pair the identity that both ends have in common
   */
  boolean samples(long pair, String transport, int serverPort, SpanKind kind);

  /** The limits for the attributes and events of a span. */
  SpanLimits limits();

  /** Takes a span for every exporter. Never blocks: what a queue cannot take is counted. */
  void offer(NetworkSpan span);
}
