package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionState;
import io.netspan.receiver.tcp.Counts;
import io.netspan.receiver.tcp.Cut;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.tcp.Sliced;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.LinkData;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A slice of a connection that was open for long, or was found open when the agent started: what
 * moved between two cuts, or between the last cut and the end.
 */
final class SliceSpan extends ConnectionSpan {
  static final SpanAttribute<Long> SLICE = SpanAttribute.number("netspan.slice");
  private static final SpanAttribute<String> STATE = SpanAttribute.text("network.connection.state");
  private static final SpanAttribute<Long> TOTAL_SENT =
      SpanAttribute.number("netspan.connection.bytes.sent");
  private static final SpanAttribute<Long> TOTAL_RECEIVED =
      SpanAttribute.number("netspan.connection.bytes.received");

  /** Offsets of the wall clock that differ by less are the same one, slewed or measured anew. */
  private static final long STEP_NS = 1_000_000_000;

  private final @Nullable Cut from;
  private final boolean open;
  private final ConnectionState state;
  private final Counts until;
  private final boolean sampled;

  private final boolean linked;

  /** The current slice of the connection, which has ended, or has been cut. */
  static SliceSpan of(
      Connection of,
      Sliced sliced,
      long epochOffsetNs,
      boolean peerTraced,
      boolean sampled,
      SpanLimits limits) {
    Cut to = sliced.to();
    // The offset when the slice ended, so that its length is right after a step of the wall clock.
    long offsetNs = to == null ? epochOffsetNs : to.epochNs() - to.ns();
    return new SliceSpan(
        of,
        sliced,
        to == null ? of.closedNs() + offsetNs : to.epochNs(),
        to == null ? Counts.of(of) : sliced.until(),
        offsetNs,
        peerTraced,
        sampled,
        limits);
  }

  private SliceSpan(
      Connection of,
      Sliced sliced,
      long endEpochNanos,
      Counts until,
      long epochOffsetNs,
      boolean peerTraced,
      boolean sampled,
      SpanLimits limits) {
    super(
        of,
        sliced.number(),
        startEpochNanos(of, sliced, epochOffsetNs),
        endEpochNanos,
        sliced.before(),
        until,
        epochOffsetNs,
        peerTraced,
        sampled,
        limits);
    this.from = sliced.from();
    this.open = sliced.to() != null;
    this.state = of.state();
    this.until = until;
    this.sampled = sampled;
    this.linked = from != null && identified && sliced.mayOwnIdsBeUsed();
  }

  /** The only span of a connection that was not used until its end begins with the connection. */
  private static long startEpochNanos(Connection of, Sliced sliced, long epochOffsetNs) {
    Cut from = sliced.from();
    boolean only = sliced.to() == null && !sliced.isAnyReported();
    if (from == null || only) {
      return of.openedNs() + epochOffsetNs;
    }
    return epochNanos(from, epochOffsetNs);
  }

  /** The time of a cut at which a slice begins, with the offset that applies at its end. */
  static long epochNanos(Cut from, long epochOffsetNs) {
    long start = from.ns() + epochOffsetNs;
    return Math.abs(start - from.epochNs()) < STEP_NS ? from.epochNs() : start;
  }

  @Override
  boolean isOpen() {
    return open;
  }

  /** An open connection has no error yet. */
  @Override
  public String error() {
    return open ? "" : super.error();
  }

  @Override
  protected void addAttributes(LimitedAttributes to) {
    super.addAttributes(to);
    if (from != null) {
      to.put(SLICE, from.interval());
    }
    if (open) {
      to.put(STATE, state.value());
    }
    if (totalsKnown) {
      to.put(TOTAL_SENT, until.bytesSent());
      to.put(TOTAL_RECEIVED, until.bytesReceived());
    }
  }

  /** Links a slice to the connection's own ids, if it has others and a span may have those. */
  @Override
  protected List<LinkData> makeLinks() {
    return linked
        ? List.of(
            LinkData.create(
                role == Role.CLIENT ? Ids.client(pair, sampled) : Ids.server(pair, sampled)))
        : List.of();
  }
}
