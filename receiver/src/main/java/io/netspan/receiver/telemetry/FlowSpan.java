package io.netspan.receiver.telemetry;

import io.netspan.receiver.net.Ends;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowEnd;
import io.netspan.receiver.udp.FlowPeer;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.SpanLimits;
import org.jspecify.annotations.Nullable;

/** A UDP flow after its end, copied from a {@link Flow}. */
public final class FlowSpan extends NetworkSpan {
  final FlowRole role;
  final FlowPeer peer;
  final FlowEnd end;
  final ConnectionError error;
  final boolean sentFirst;
  final int tid;
  final Ends ends;
  final int serverPort;
  final long bytesSent;
  final long bytesReceived;
  final long datagramsSent;
  final long datagramsReceived;
  final long exchanges;
  final long exchangeSumNs;
  final long exchangeMaxNs;
  private final @Nullable Workload peerOwner;

  FlowSpan(Flow of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
    super(
        Ids.client(of.id(), sampled),
        SpanContext.getInvalid(),
        of.firstNs() + epochOffsetNs,
        of.lastNs() + epochOffsetNs,
        of.owner(),
        limits);
    role = of.role();
    peer = of.peer();
    end = of.end();
    error = of.error();
    sentFirst = of.sentFirst();
    tid = of.tid();
    ends = of.ends();
    serverPort = of.serverPort();
    bytesSent = of.counts().bytesSent();
    bytesReceived = of.counts().bytesReceived();
    datagramsSent = of.counts().datagramsSent();
    datagramsReceived = of.counts().datagramsReceived();
    exchanges = of.exchanges();
    exchangeSumNs = of.exchangeSumNs();
    exchangeMaxNs = of.exchangeMaxNs();
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
    return bytesSent;
  }

  @Override
  public long bytesReceived() {
    return bytesReceived;
  }

  /** The average time that the other end took to answer; 0 if our end is the one that answers. */
  @Override
  public long roundTripNs() {
    return sentFirst && exchanges != 0 ? exchangeSumNs / exchanges : 0;
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
