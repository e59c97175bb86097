package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.udp.FlowTotals;

/** The attributes of a flow's span: those of {@link SpanAttributes} and its own. */
final class FlowAttributes {
  private static final SpanAttribute<String> SOURCE_ADDRESS = SpanAttribute.text("source.address");
  private static final SpanAttribute<Long> SOURCE_PORT = SpanAttribute.number("source.port");
  private static final SpanAttribute<String> DESTINATION_ADDRESS =
      SpanAttribute.text("destination.address");
  private static final SpanAttribute<Long> DESTINATION_PORT =
      SpanAttribute.number("destination.port");
  private static final SpanAttribute<String> PEER = SpanAttribute.text("netspan.flow.peer");
  private static final SpanAttribute<String> END = SpanAttribute.text("netspan.flow.end");
  private static final SpanAttribute<Long> DATAGRAMS_SENT =
      SpanAttribute.number("netspan.flow.datagrams.sent");
  private static final SpanAttribute<Long> DATAGRAMS_RECEIVED =
      SpanAttribute.number("netspan.flow.datagrams.received");
  private static final SpanAttribute<Long> REQUESTS = SpanAttribute.number("netspan.flow.requests");
  private static final SpanAttribute<Double> RESPONSE_MEAN =
      SpanAttribute.real("netspan.flow.response.duration.mean");
  private static final SpanAttribute<Double> RESPONSE_MAX =
      SpanAttribute.real("netspan.flow.response.duration.max");
  private static final double NS_PER_S = 1e9;

  private FlowAttributes() {}

  static void of(FlowSpan span, LimitedAttributes to) {
    SpanAttributes.transport(to, "udp", span.isIpv6());
    String local = span.localAddress();
    if (local != null) {
      to.put(SpanAttributes.NETWORK_LOCAL_ADDRESS, local);
      to.put(address(span, /* ours= */ true), local);
    }
    to.put(SpanAttributes.NETWORK_LOCAL_PORT, span.localPort());
    to.put(port(span, /* ours= */ true), span.localPort());
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
    to.put(SpanAttributes.NETWORK_PEER_PORT, span.peerPort());
    to.put(address(span, /* ours= */ false), peer);
    to.put(port(span, /* ours= */ false), span.peerPort());
  }

  private static SpanAttribute<String> address(FlowSpan span, boolean ours) {
    if (span.role == FlowRole.INTERNAL) {
      return ours == span.sentFirst ? SOURCE_ADDRESS : DESTINATION_ADDRESS;
    }
    return ours == (span.role == FlowRole.CLIENT)
        ? SpanAttributes.CLIENT_ADDRESS
        : SpanAttributes.SERVER_ADDRESS;
  }

  private static SpanAttribute<Long> port(FlowSpan span, boolean ours) {
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
