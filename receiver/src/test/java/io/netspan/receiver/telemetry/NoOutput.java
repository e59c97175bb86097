package io.netspan.receiver.telemetry;

/** An output that wants nothing. */
public record NoOutput() implements SpanOutput {
  @Override
  public boolean wants(long nowNs) {
    return false;
  }

  @Override
  public void accept(NetworkSpan span) {
    throw new AssertionError("not wanted");
  }
}
