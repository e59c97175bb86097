package io.netspan.receiver.telemetry;

import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.slice.FlowSliceListener;
import io.netspan.receiver.tcp.Cut;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.udp.SlicedFlow;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Updates the metrics of all flows, and makes spans of those that have ended, and of their slices.
 * Slices are exported only, as those of connections. Belongs to the thread that has the turn.
 */
public final class FlowSpans implements FlowSliceListener {
  private final FlowMetrics metrics;
  private final SpanSink sink;
  private final Maker maker;
  private final SliceMaker slices;
  private final SingleWriterCounter ended = new SingleWriterCounter();

  public FlowSpans(FlowMetrics metrics, SpanSink sink, Keep keep) {
    this.metrics = metrics;
    this.sink = sink;
    this.maker = new Maker(keep);
    this.slices = new SliceMaker(maker);
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
      return keep.reason(of, of.errors() != 0, of.lastNs());
    }
  }

  /** Makes a span of the current slice. */
  private record SliceMaker(Maker whole) implements SpanMaker<Flow> {
    private static SlicedFlow sliced(Flow of) {
      return Objects.requireNonNull(of.sliced());
    }

    @Override
    public long pair(Flow of) {
      return sliced(of).number();
    }

    @Override
    public String transport() {
      return whole.transport();
    }

    @Override
    public int serverPort(Flow of) {
      return whole.serverPort(of);
    }

    @Override
    public SpanKind kind(Flow of) {
      return whole.kind(of);
    }

    @Override
    public long endNs(Flow of) {
      Cut to = sliced(of).to();
      return to == null ? whole.endNs(of) : to.ns();
    }

    @Override
    public NetworkSpan make(Flow of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
      return FlowSliceSpan.of(of, sliced(of), epochOffsetNs, sampled, limits);
    }

    @Override
    public @Nullable String keep(Flow of) {
      return whole.keep().reason(of, sliced(of).counted().errors() != 0, endNs(of));
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
    SlicedFlow sliced = flow.sliced();
    if (sliced == null || sliced.from() == null) {
      sink.ended(flow, maker);
    } else {
      sink.exported(flow, slices);
      sink.printed(flow, maker);
    }
  }

  @Override
  public void passed(long nowNs, Collection<Flow> open) {
    metrics.countIdentified();
  }

  /** Counts what waits for the identity of a process, since no more events come. */
  public void finish() {
    metrics.finish();
  }

  @Override
  public void sliceEnded(Flow flow) {
    sink.exported(flow, slices);
  }

  @Override
  public boolean hasRoom() {
    return sink.hasRoom();
  }
}
