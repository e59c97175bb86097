package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Cut;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowTotals;
import io.netspan.receiver.udp.SlicedFlow;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.LinkData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A slice of a flow: the datagrams between two cuts, or between the last cut and the end. */
final class FlowSliceSpan extends FlowSpan {
  private static final SpanAttribute<Long> TOTAL_SENT =
      SpanAttribute.number("netspan.flow.bytes.sent");
  private static final SpanAttribute<Long> TOTAL_RECEIVED =
      SpanAttribute.number("netspan.flow.bytes.received");

  private final @Nullable Cut from;
  private final boolean open;
  private final FlowTotals until;
  private final Ids ofFlow;

  /** The current slice of the flow, which has ended, or has been cut. */
  static FlowSliceSpan of(
      Flow of, SlicedFlow sliced, long epochOffsetNs, boolean sampled, SpanLimits limits) {
    Cut from = sliced.from();
    Cut to = sliced.to();
    // The offset when the slice ended, so that its length is right after a step of the wall clock.
    long offsetNs = to == null ? epochOffsetNs : to.epochNs() - to.ns();
    return new FlowSliceSpan(
        of,
        sliced,
        from == null ? of.firstNs() + offsetNs : SliceSpan.epochNanos(from, offsetNs),
        to == null ? of.lastNs() + offsetNs : to.epochNs(),
        sampled,
        limits);
  }

  private FlowSliceSpan(
      Flow of,
      SlicedFlow sliced,
      long startEpochNanos,
      long endEpochNanos,
      boolean sampled,
      SpanLimits limits) {
    super(of, sliced.number(), startEpochNanos, endEpochNanos, sliced.counted(), sampled, limits);
    this.from = sliced.from();
    this.open = sliced.to() != null;
    this.until = sliced.until();
    this.ofFlow = Ids.client(of.id(), sampled);
  }

  @Override
  boolean isOpen() {
    return open;
  }

  @Override
  protected void addAttributes(LimitedAttributes to) {
    super.addAttributes(to);
    if (from != null) {
      to.put(SliceSpan.SLICE, from.interval());
    }
    to.put(TOTAL_SENT, until.bytesSent());
    to.put(TOTAL_RECEIVED, until.bytesReceived());
  }

  /** Links a later slice to the first one, which has the flow's own context. */
  @Override
  protected List<LinkData> makeLinks() {
    return from == null ? List.of() : List.of(LinkData.create(ofFlow));
  }
}
