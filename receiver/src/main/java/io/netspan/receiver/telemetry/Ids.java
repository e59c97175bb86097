package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.ConnectionIdentity;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;

/**
 * A span context as three numbers. The hexadecimal texts are made when an exporter asks for them.
 */
public record Ids(
    long traceIdHigh, long traceIdLow, long spanId, TraceFlags traceFlags, boolean isRemote)
    implements SpanContext {

  /** The context of the client's span, or of the only one. */
  public static Ids client(long pair, boolean sampled) {
    return of(pair, ConnectionIdentity.clientSpanId(pair), sampled, /* isRemote= */ false);
  }

  public static Ids server(long pair, boolean sampled) {
    return of(pair, ConnectionIdentity.serverSpanId(pair), sampled, /* isRemote= */ false);
  }

  /** The context of the client's span, as the parent of the server's span. */
  public static Ids remoteClient(long pair, boolean sampled) {
    return of(pair, ConnectionIdentity.clientSpanId(pair), sampled, /* isRemote= */ true);
  }

  /** The numbers of any context; those of a context that is one of ours allocate nothing. */
  public static Ids of(SpanContext context) {
    if (context instanceof Ids ids) {
      return ids;
    }
    String traceId = context.getTraceId();
    return new Ids(
        Long.parseUnsignedLong(traceId, 0, traceId.length() / 2, 16),
        Long.parseUnsignedLong(traceId, traceId.length() / 2, traceId.length(), 16),
        Long.parseUnsignedLong(context.getSpanId(), 16),
        context.getTraceFlags(),
        context.isRemote());
  }

  private static Ids of(long pair, long spanId, boolean sampled, boolean isRemote) {
    return new Ids(
        ConnectionIdentity.traceIdHigh(pair),
        ConnectionIdentity.traceIdLow(pair),
        spanId,
        sampled ? TraceFlags.getSampled() : TraceFlags.getDefault(),
        isRemote);
  }

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
