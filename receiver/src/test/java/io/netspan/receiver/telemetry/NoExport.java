package io.netspan.receiver.telemetry;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;

/** An export as without any configuration. */
public record NoExport() implements SpanExport {
  @Override
  public boolean exportsSpans() {
    return false;
  }

  @Override
  public boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
    throw new AssertionError("asked, though nothing is exported");
  }

  @Override
  public SpanLimits limits() {
    return SpanLimits.getDefault();
  }

  @Override
  public void offer(NetworkSpan span) {
    throw new AssertionError("offered, though nothing is exported");
  }

  @Override
  public boolean hasRoom() {
    return true;
  }
}
