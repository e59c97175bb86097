package io.netspan.receiver.telemetry;

import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;

/** A span context of three numbers; the texts are made when an exporter asks for them. */
record Ids(long traceIdHigh, long traceIdLow, long spanId, TraceFlags traceFlags, boolean isRemote)
    implements SpanContext {
  @Override
  public String getTraceId() {
    return TraceId.fromLongs(traceIdHigh, traceIdLow);
  }

  @Override
  public String getSpanId() {
    return SpanId.fromLong(spanId);
  }

  @Override
  public TraceFlags getTraceFlags() {
    return traceFlags;
  }

  @Override
  public TraceState getTraceState() {
    return TraceState.getDefault();
  }
}
