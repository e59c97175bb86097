package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.ConnectionIdentity;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowEnd;
import io.netspan.receiver.udp.FlowPeer;
import io.netspan.receiver.udp.FlowRole;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.data.StatusData;

/** A UDP flow after its end: the numbers of a {@link Flow}, copied. */
public final class FlowSpan extends NetworkSpan {
  final FlowRole role;
  final FlowPeer peer;
  final FlowEnd end;
  final ConnectionError error;
  final boolean sentFirst;
  final int tid;
  final int netns;
  final boolean ipv6;
  final int localPort;
  final int peerPort;
  final long localHigh;
  final long localLow;
  final long peerHigh;
  final long peerLow;
  final int serverPort;
  final long bytesSent;
  final long bytesReceived;
  final long datagramsSent;
  final long datagramsReceived;
  final long exchanges;
  final long exchangeSumNs;
  final long exchangeMaxNs;

  FlowSpan(Flow of, long epochOffsetNs, boolean sampled, SpanLimits limits) {
    super(
        new Ids(
            ConnectionIdentity.traceIdHigh(of.id()),
            ConnectionIdentity.traceIdLow(of.id()),
            ConnectionIdentity.clientSpanId(of.id()),
            sampled ? TraceFlags.getSampled() : TraceFlags.getDefault(),
            /* isRemote= */ false),
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
    netns = of.netns();
    ipv6 = of.ipv6();
    localPort = of.localPort();
    peerPort = of.peerPort();
    localHigh = of.localHigh();
    localLow = of.localLow();
    peerHigh = of.peerHigh();
    peerLow = of.peerLow();
    serverPort = of.serverPort();
    bytesSent = of.counts().bytesSent();
    bytesReceived = of.counts().bytesReceived();
    datagramsSent = of.counts().datagramsSent();
    datagramsReceived = of.counts().datagramsReceived();
    exchanges = of.exchanges();
    exchangeSumNs = of.exchangeSumNs();
    exchangeMaxNs = of.exchangeMaxNs();
  }

  @Override
  public String local() {
    return endpoint(ipv6, localHigh, localLow, localPort);
  }

  @Override
  public String remote() {
    return peer == FlowPeer.KNOWN
        ? endpoint(ipv6, peerHigh, peerLow, peerPort)
        : "(" + peer.value() + ")";
  }

  @Override
  public String side() {
    return role == FlowRole.INTERNAL ? "PEER" : role.name();
  }

  @Override
  public String outcome() {
    return failed() ? error.value() : end.value();
  }

  @Override
  public boolean failed() {
    return error != ConnectionError.NONE;
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

  /** What an answer took on average, if it is the other end that answers. */
  @Override
  public long roundTripNs() {
    return sentFirst && exchanges != 0 ? exchangeSumNs / exchanges : 0;
  }

  @Override
  public String label() {
    return "udp";
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
  public StatusData getStatus() {
    return failed() ? StatusData.error() : StatusData.unset();
  }

  @Override
  void addAttributes(LimitedAttributes to) {
    FlowAttributes.of(this, to);
  }
}
