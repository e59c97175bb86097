package io.netspan.receiver.telemetry;

import java.util.List;

/** An output that accepts all spans and keeps them. */
public record CollectedSpans(List<NetworkSpan> all) implements SpanOutput {
  @Override
  public boolean wants(long nowNs) {
    return true;
  }

  @Override
  public void accept(NetworkSpan span) {
    all.add(span);
  }
}
