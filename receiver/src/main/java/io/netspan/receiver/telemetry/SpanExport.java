package io.netspan.receiver.telemetry;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;

/**
 * The exporters of spans, as {@link SpanSink} sees them. Called by the thread that has the turn.
 */
public interface SpanExport {
  /** Whether there is an exporter at all. */
  boolean exportsSpans();

  /**
   * Whether the configured sampler keeps the span; the answer is the same at both ends of a
   * connection.
   *
   * @param pair the number from which the trace id is derived
   */
  boolean samples(long pair, String transport, int serverPort, SpanKind kind);

  /** The SDK's limits for the attributes and events of a span. */
  SpanLimits limits();

  /**
   * Takes a span to be exported. Never blocks: a span for which there is no room is dropped and
   * counted.
   */
  void offer(NetworkSpan span);

  /** Whether each exporter's queue is at most half full. */
  boolean hasRoom();
}
