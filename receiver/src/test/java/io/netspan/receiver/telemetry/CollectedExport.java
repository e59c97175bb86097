package io.netspan.receiver.telemetry;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.List;
import java.util.function.Consumer;

/** Collects the spans that are to be exported. */
public final class CollectedExport implements SpanExport {
  private final Consumer<NetworkSpan> exported;

  /** Whether the sampler keeps every span, or none. */
  public boolean sampled;

  /** How many more spans there is room for. */
  public int room = Integer.MAX_VALUE;

  /**
   * An export with room for all.
   *
   * @param sampled whether the sampler keeps every span, or none
   */
  public CollectedExport(List<NetworkSpan> exported, boolean sampled) {
    this(exported::add, sampled);
  }

  /** The same, of spans that are passed on. */
  public CollectedExport(Consumer<NetworkSpan> exported, boolean sampled) {
    this.exported = exported;
    this.sampled = sampled;
  }

  @Override
  public boolean exportsSpans() {
    return true;
  }

  @Override
  public boolean samples(long pair, String transport, int serverPort, SpanKind kind) {
    return sampled;
  }

  @Override
  public SpanLimits limits() {
    return SpanLimits.getDefault();
  }

  @Override
  public void offer(NetworkSpan span) {
    exported.accept(span);
    room--;
  }

  @Override
  public boolean hasRoom() {
    return room > 0;
  }
}
