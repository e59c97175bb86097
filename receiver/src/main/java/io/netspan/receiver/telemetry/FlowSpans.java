package io.netspan.receiver.telemetry;

import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowListener;
import io.netspan.receiver.udp.FlowRole;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import org.jspecify.annotations.Nullable;

/**
 * Updates the metrics of all flows, and makes spans of those that have ended. Belongs to the thread
 * that has the turn.
 */
public final class FlowSpans implements FlowListener {
  private final FlowMetrics metrics;
  private final SpanSink sink;
  private final SpanMaker<Flow> maker;
  private final SingleWriterCounter ended = new SingleWriterCounter();

  public FlowSpans(FlowMetrics metrics, SpanSink sink, Keep keep) {
    this.metrics = metrics;
    this.sink = sink;
    this.maker = new Maker(keep);
  }

  private record Maker(Keep keep) implements SpanMaker<Flow> {
    @Override
    public long pair(Flow of) {
      return of.id();
    }

    @Override
    public String transport() {
      return "udp";
    }

    @Override
    public int serverPort(Flow of) {
      return of.serverPort();
    }

    @Override
    public SpanKind kind(Flow of) {
      return FlowSpans.kind(of.role());
    }

    @Override
    public long endNs(Flow of) {
      return of.lastNs();
    }

    /**
     * The current time: the last datagram may be long past, and the limit is one of lines per
     * second.
     */
    @Override
    public long nowNs(Flow of) {
      return BootClock.nanos();
    }

    @Override
    public NetworkSpan make(Flow of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
      return new FlowSpan(of, epochOffsetNs, sampled, limits);
    }

    @Override
    public @Nullable String keep(Flow of) {
      return keep.reason(of);
    }
  }

  /** Flows that have ended. May be called by any thread. */
  public long ended() {
    return ended.get();
  }

  static SpanKind kind(FlowRole role) {
    return switch (role) {
      case CLIENT -> SpanKind.CLIENT;
      case SERVER -> SpanKind.SERVER;
      case INTERNAL -> SpanKind.INTERNAL;
    };
  }

  @Override
  public void counted(Flow flow) {
    metrics.counted(flow);
  }

  @Override
  public void ended(Flow flow) {
    ended.increment();
    sink.ended(flow, maker);
  }
}
