package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.udp.FlowTotals;
import io.opentelemetry.api.common.AttributeKey;

/** The attributes of a flow's span: those of {@link SpanAttributes} and its own. */
final class FlowAttributes {
  private static final AttributeKey<String> SOURCE_ADDRESS = stringKey("source.address");
  private static final AttributeKey<Long> SOURCE_PORT = longKey("source.port");
  private static final AttributeKey<String> DESTINATION_ADDRESS = stringKey("destination.address");
  private static final AttributeKey<Long> DESTINATION_PORT = longKey("destination.port");
  private static final AttributeKey<String> PEER = stringKey("netspan.flow.peer");
  private static final AttributeKey<String> END = stringKey("netspan.flow.end");
  private static final AttributeKey<Long> DATAGRAMS_SENT = longKey("netspan.flow.datagrams.sent");
  private static final AttributeKey<Long> DATAGRAMS_RECEIVED =
      longKey("netspan.flow.datagrams.received");
  private static final AttributeKey<Long> REQUESTS = longKey("netspan.flow.requests");
  private static final AttributeKey<Double> RESPONSE_MEAN =
      doubleKey("netspan.flow.response.duration.mean");
  private static final AttributeKey<Double> RESPONSE_MAX =
      doubleKey("netspan.flow.response.duration.max");
  private static final double NS_PER_S = 1e9;

  private FlowAttributes() {}

  static void of(FlowSpan span, LimitedAttributes to) {
    SpanAttributes.transport(to, "udp", span.isIpv6());
    String local = span.localAddress();
    if (local != null) {
      to.put(SpanAttributes.NETWORK_LOCAL_ADDRESS, local);
      to.put(address(span, /* ours= */ true), local);
    }
    to.put(SpanAttributes.NETWORK_LOCAL_PORT, (long) span.localPort());
    to.put(port(span, /* ours= */ true), (long) span.localPort());
    peer(to, span);
    SpanAttributes.threadAndError(to, span.tid, span.error());
    SpanAttributes.provenance(
        to, span.ends.netns(), Provenance.LIVE, span.owner().isKnown() ? "datagram" : "");
    if (!span.isOpen()) {
      to.put(END, span.end.value());
    }
    PeerAttributes.of(span, "ends", to);
    totals(to, span);
  }

  private static void peer(LimitedAttributes to, FlowSpan span) {
    String peer = span.peerAddress();
    if (peer == null) {
      to.put(PEER, span.peers());
      return;
    }
    to.put(SpanAttributes.NETWORK_PEER_ADDRESS, peer);
    to.put(SpanAttributes.NETWORK_PEER_PORT, (long) span.peerPort());
    to.put(address(span, /* ours= */ false), peer);
    to.put(port(span, /* ours= */ false), (long) span.peerPort());
  }

  private static AttributeKey<String> address(FlowSpan span, boolean ours) {
    if (span.role == FlowRole.INTERNAL) {
      return ours == span.sentFirst ? SOURCE_ADDRESS : DESTINATION_ADDRESS;
    }
    return ours == (span.role == FlowRole.CLIENT)
        ? SpanAttributes.CLIENT_ADDRESS
        : SpanAttributes.SERVER_ADDRESS;
  }

  private static AttributeKey<Long> port(FlowSpan span, boolean ours) {
    if (span.role == FlowRole.INTERNAL) {
      return ours == span.sentFirst ? SOURCE_PORT : DESTINATION_PORT;
    }
    return ours == (span.role == FlowRole.CLIENT)
        ? SpanAttributes.CLIENT_PORT
        : SpanAttributes.SERVER_PORT;
  }

  private static void totals(LimitedAttributes to, FlowSpan span) {
    FlowTotals totals = span.totals;
    SpanAttributes.bytes(to, totals.bytesSent(), totals.bytesReceived());
    to.put(DATAGRAMS_SENT, totals.datagramsSent());
    to.put(DATAGRAMS_RECEIVED, totals.datagramsReceived());
    if (totals.exchanges() != 0) {
      to.put(REQUESTS, totals.exchanges());
      to.put(RESPONSE_MEAN, totals.exchangeSumNs() / (double) totals.exchanges() / NS_PER_S);
    }
    if (totals.exchanges() != 0 && totals.exchangeMaxNs() != 0) {
      to.put(RESPONSE_MAX, totals.exchangeMaxNs() / NS_PER_S);
    }
  }
}
