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
   * Whether the configured sampler keeps the span: the same at both ends of a connection.
   *
   * @param pair what the trace id is made of
   */
  boolean samples(long pair, String transport, int serverPort, SpanKind kind);

  /** The SDK's limits for the attributes and events of a span. */
  SpanLimits limits();

  /**
   * Takes a span to be exported. Never blocks: what there is no room for is dropped and counted.
   */
  void offer(NetworkSpan span);
}
