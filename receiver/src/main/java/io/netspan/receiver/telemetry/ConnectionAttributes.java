package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.net.Address;
import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.tcp.OwnerProvenance;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.tcp.Subflow;
import io.netspan.receiver.workload.PeerName;
import io.opentelemetry.api.common.AttributeKey;
import java.util.HexFormat;

/** The attributes of a connection's span: those of {@link SpanAttributes} and its own. */
final class ConnectionAttributes {
  private static final AttributeKey<String> CONNECTION_ID = stringKey("netspan.connection.id");
  private static final AttributeKey<Long> SEGMENTS_SENT = longKey("netspan.segments.sent");
  private static final AttributeKey<Long> SEGMENTS_RECEIVED = longKey("netspan.segments.received");
  private static final AttributeKey<Long> RETRANSMITS = longKey("netspan.retransmits");
  private static final AttributeKey<Double> RTT_SMOOTHED = doubleKey("netspan.rtt.smoothed");
  private static final AttributeKey<Double> RTT_MIN = doubleKey("netspan.rtt.min");
  static final AttributeKey<Double> HANDSHAKE = doubleKey("netspan.handshake.duration");
  private static final AttributeKey<String> MPTCP_TOKEN = stringKey("netspan.mptcp.token");
  private static final AttributeKey<String> MPTCP_SUBFLOW = stringKey("netspan.mptcp.subflow");

  private static final AttributeKey<String> ASKED_ADDRESS = stringKey("netspan.asked.address");
  private static final AttributeKey<Long> ASKED_PORT = longKey("netspan.asked.port");
  private static final AttributeKey<String> ACTUAL_ADDRESS = stringKey("netspan.actual.address");
  private static final AttributeKey<Long> ACTUAL_PORT = longKey("netspan.actual.port");

  private static final double US_PER_S = 1e6;
  private static final double NS_PER_S = 1e9;

  private ConnectionAttributes() {}

  static void of(ConnectionSpan span, LimitedAttributes to) {
    SpanAttributes.transport(to, "tcp", span.ipv6);
    addresses(to, span);
    SpanAttributes.threadAndError(to, span.tid, span.error());
    String id = span.connectionId();
    if (id != null) {
      to.put(CONNECTION_ID, id);
    }
    SpanAttributes.provenance(to, span.netns, span.provenance, process(span.ownerProvenance));
    if (!span.isOpen()) {
      to.put(SpanAttributes.CLOSE_REASON, span.reason.value());
    }
    peer(to, span);
    if (span.totalsKnown) {
      totals(to, span);
    }
    if (span.handshakeNs != 0) {
      to.put(HANDSHAKE, span.handshakeNs / NS_PER_S);
    }
    if (span.subflow != Subflow.NONE) {
      to.put(MPTCP_SUBFLOW, span.subflow.value());
      if (span.mptcpToken != 0) {
        to.put(MPTCP_TOKEN, HexFormat.of().toHexDigits(span.mptcpToken));
      }
    }
  }

  private static String process(OwnerProvenance how) {
    return how == OwnerProvenance.UNKNOWN ? "" : how.value();
  }

  private static void addresses(LimitedAttributes to, ConnectionSpan span) {
    boolean client = span.role == Role.CLIENT;
    String peer = span.peerAddress();
    to.put(SpanAttributes.NETWORK_PEER_ADDRESS, peer);
    to.put(SpanAttributes.NETWORK_PEER_PORT, (long) span.peerPort);
    to.put(client ? SpanAttributes.SERVER_ADDRESS : SpanAttributes.CLIENT_ADDRESS, peer);
    to.put(client ? SpanAttributes.SERVER_PORT : SpanAttributes.CLIENT_PORT, (long) span.peerPort);
    String local = span.localAddress();
    if (local != null) {
      to.put(SpanAttributes.NETWORK_LOCAL_ADDRESS, local);
      to.put(client ? SpanAttributes.CLIENT_ADDRESS : SpanAttributes.SERVER_ADDRESS, local);
    }
    if (span.localPort != 0) {
      to.put(SpanAttributes.NETWORK_LOCAL_PORT, (long) span.localPort);
      to.put(
          client ? SpanAttributes.CLIENT_PORT : SpanAttributes.SERVER_PORT, (long) span.localPort);
    }
  }

  private static void peer(LimitedAttributes to, ConnectionSpan span) {
    PeerAttributes.of(span, span.paired ? (span.identified ? "pair" : "ends") : "earlier", to);
    PeerName named = span.peerName();
    if (named != null) {
      PeerAttributes.of(named, to);
    }
    if (span.paired) {
      translated(to, span);
    }
    Endpoint actual = span.actualServer();
    if (actual != null) {
      to.put(ASKED_ADDRESS, span.peerText());
      to.put(ASKED_PORT, (long) span.peerPort);
      to.put(ACTUAL_ADDRESS, actual.address().text());
      to.put(ACTUAL_PORT, (long) actual.port());
    }
  }

  /** Adds the address that the client asked for and the address of the server, if they differ. */
  private static void translated(LimitedAttributes to, ConnectionSpan span) {
    boolean client = span.role == Role.CLIENT;
    String mine = client ? span.peerText() : span.localText();
    String others = Address.text(span.ipv6, span.otherHigh, span.otherLow);
    if (span.serverPort() != span.otherPort || !mine.equals(others)) {
      to.put(ASKED_ADDRESS, client ? mine : others);
      to.put(ASKED_PORT, (long) (client ? span.serverPort() : span.otherPort));
      to.put(ACTUAL_ADDRESS, client ? others : mine);
      to.put(ACTUAL_PORT, (long) (client ? span.otherPort : span.serverPort()));
    }
  }

  private static void totals(LimitedAttributes to, ConnectionSpan span) {
    SpanAttributes.bytes(to, span.bytesSent, span.bytesReceived);
    to.put(SEGMENTS_SENT, Integer.toUnsignedLong(span.segmentsSent));
    to.put(SEGMENTS_RECEIVED, Integer.toUnsignedLong(span.segmentsReceived));
    to.put(RETRANSMITS, Integer.toUnsignedLong(span.retransmits));
    if (span.srttUs != 0) {
      to.put(RTT_SMOOTHED, span.srttUs / US_PER_S);
    }
    if (span.rttMinUs != 0) {
      to.put(RTT_MIN, span.rttMinUs / US_PER_S);
    }
  }
}
