package io.netspan.receiver.telemetry;

import io.netspan.receiver.net.Ends;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowEnd;
import io.netspan.receiver.udp.FlowPeer;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.udp.FlowTotals;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import org.jspecify.annotations.Nullable;

/** A UDP flow after its end, copied from a {@link Flow}. */
public sealed class FlowSpan extends NetworkSpan permits FlowSliceSpan {
  final FlowRole role;
  final FlowPeer peer;
  final FlowEnd end;
  final ConnectionError error;
  final boolean sentFirst;
  final int tid;
  final Ends ends;
  final int serverPort;
  final FlowTotals totals;
  private final @Nullable Workload peerOwner;

  /** The span of a whole flow. */
  FlowSpan(Flow of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
    this(
        of,
        of.id(),
        of.firstNs() + epochOffsetNs,
        of.lastNs() + epochOffsetNs,
        FlowTotals.of(of),
        sampled,
        limits);
  }

  /**
   * The span of a part of the flow's life.
   *
   * @param number what the ids are derived from
   * @param totals what was counted in that part
   */
  FlowSpan(
      Flow of,
      long number,
      long startEpochNanos,
      long endEpochNanos,
      FlowTotals totals,
      boolean sampled,
      SpanLimits limits) {
    super(
        Ids.client(number, sampled),
        SpanContext.getInvalid(),
        startEpochNanos,
        endEpochNanos,
        of.owner(),
        limits);
    role = of.role();
    peer = of.peer();
    end = of.end();
    error = totals.errors() == 0 ? ConnectionError.NONE : of.error();
    sentFirst = of.sentFirst();
    tid = of.tid();
    ends = of.ends();
    serverPort = of.serverPort();
    this.totals = totals;
    peerOwner = of.peerOwner();
  }

  @Override
  public @Nullable Workload peerOwner() {
    return peerOwner;
  }

  @Override
  public String transport() {
    return "udp";
  }

  @Override
  public boolean isIpv6() {
    return ends.isIpv6();
  }

  @Override
  public @Nullable String localAddress() {
    return ends.hasLocalAddress() ? ends.localText() : null;
  }

  @Override
  public int localPort() {
    return ends.localPort();
  }

  @Override
  public @Nullable String peerAddress() {
    return peer == FlowPeer.KNOWN ? ends.peerText() : null;
  }

  @Override
  public int peerPort() {
    return ends.peerPort();
  }

  @Override
  public String peers() {
    return peer == FlowPeer.KNOWN ? "" : peer.value();
  }

  @Override
  public String ending() {
    return end.value();
  }

  @Override
  public String error() {
    return error.value();
  }

  @Override
  protected String errorInWords() {
    return ErrorText.ofCall(error);
  }

  @Override
  public boolean totalsKnown() {
    return true;
  }

  @Override
  public long bytesSent() {
    return totals.bytesSent();
  }

  @Override
  public long bytesReceived() {
    return totals.bytesReceived();
  }

  /** The average time that the other end took to answer; 0 if our end is the one that answers. */
  @Override
  public long roundTripNs() {
    long exchanges = totals.exchanges();
    return sentFirst && exchanges != 0 ? totals.exchangeSumNs() / exchanges : 0;
  }

  /** Whether the flow went on after this slice of it. */
  boolean isOpen() {
    return false;
  }

  @Override
  public String getName() {
    return serverPort == 0 ? "udp" : "udp " + serverPort;
  }

  @Override
  public SpanKind getKind() {
    return FlowSpans.kind(role);
  }

  @Override
  protected void addAttributes(LimitedAttributes to) {
    FlowAttributes.of(this, to);
  }
}
