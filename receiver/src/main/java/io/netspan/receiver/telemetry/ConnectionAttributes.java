package io.netspan.receiver.telemetry;

import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.tcp.OwnerProvenance;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.tcp.Subflow;
import io.netspan.receiver.workload.PeerName;
import java.util.HexFormat;

/** The attributes of a connection's span: those of {@link SpanAttributes} and its own. */
final class ConnectionAttributes {
  private static final SpanAttribute<String> CONNECTION_ID =
      SpanAttribute.text("netspan.connection.id");
  private static final SpanAttribute<Long> SEGMENTS_SENT =
      SpanAttribute.number("netspan.segments.sent");
  private static final SpanAttribute<Long> SEGMENTS_RECEIVED =
      SpanAttribute.number("netspan.segments.received");
  private static final SpanAttribute<Long> RETRANSMITS =
      SpanAttribute.number("netspan.retransmits");
  private static final SpanAttribute<Double> RTT_SMOOTHED =
      SpanAttribute.real("netspan.rtt.smoothed");
  private static final SpanAttribute<Double> RTT_MIN = SpanAttribute.real("netspan.rtt.min");
  static final SpanAttribute<Double> HANDSHAKE = SpanAttribute.real("netspan.handshake.duration");
  private static final SpanAttribute<String> MPTCP_TOKEN =
      SpanAttribute.text("netspan.mptcp.token");
  private static final SpanAttribute<String> MPTCP_SUBFLOW =
      SpanAttribute.text("netspan.mptcp.subflow");

  private static final SpanAttribute<String> ASKED_ADDRESS =
      SpanAttribute.text("netspan.asked.address");
  private static final SpanAttribute<Long> ASKED_PORT = SpanAttribute.number("netspan.asked.port");
  private static final SpanAttribute<String> ACTUAL_ADDRESS =
      SpanAttribute.text("netspan.actual.address");
  private static final SpanAttribute<Long> ACTUAL_PORT =
      SpanAttribute.number("netspan.actual.port");

  private static final double US_PER_S = 1e6;
  private static final double NS_PER_S = 1e9;

  private ConnectionAttributes() {}

  static void of(ConnectionSpan span, LimitedAttributes to) {
    SpanAttributes.transport(to, "tcp", span.ipv6);
    addresses(to, span);
    SpanAttributes.threadAndError(to, span.tid, span.error());
    if (span.identified) {
      to.putHex(CONNECTION_ID, span.pair);
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
    peerAddress(to, SpanAttributes.NETWORK_PEER_ADDRESS, span);
    to.put(SpanAttributes.NETWORK_PEER_PORT, span.peerPort);
    peerAddress(to, client ? SpanAttributes.SERVER_ADDRESS : SpanAttributes.CLIENT_ADDRESS, span);
    to.put(client ? SpanAttributes.SERVER_PORT : SpanAttributes.CLIENT_PORT, span.peerPort);
    if (span.hasLocalAddress()) {
      localAddress(to, SpanAttributes.NETWORK_LOCAL_ADDRESS, span);
      localAddress(
          to, client ? SpanAttributes.CLIENT_ADDRESS : SpanAttributes.SERVER_ADDRESS, span);
    }
    if (span.localPort != 0) {
      to.put(SpanAttributes.NETWORK_LOCAL_PORT, span.localPort);
      to.put(client ? SpanAttributes.CLIENT_PORT : SpanAttributes.SERVER_PORT, span.localPort);
    }
  }

  private static void peerAddress(
      LimitedAttributes to, SpanAttribute<String> key, ConnectionSpan span) {
    to.putAddress(key, span.ipv6, span.peerHigh(), span.peerLow());
  }

  private static void localAddress(
      LimitedAttributes to, SpanAttribute<String> key, ConnectionSpan span) {
    to.putAddress(key, span.ipv6, span.localHigh(), span.localLow());
  }

  private static void peer(LimitedAttributes to, ConnectionSpan span) {
    String ofPair = span.identified ? "pair" : "ends";
    PeerAttributes.of(span, span.paired ? ofPair : span.peerExpectedBy.value(), to);
    PeerName named = span.peerName();
    if (named != null) {
      PeerAttributes.of(named, to);
    }
    if (span.paired) {
      translated(to, span);
    }
    Endpoint actual = span.actualServer();
    if (actual != null) {
      to.putAddress(ASKED_ADDRESS, span.ipv6, span.peerHigh(), span.peerLow());
      to.put(ASKED_PORT, span.peerPort);
      to.put(ACTUAL_ADDRESS, actual.address().text());
      to.put(ACTUAL_PORT, actual.port());
    }
  }

  /** Adds the address that the client asked for and the address of the server, if they differ. */
  private static void translated(LimitedAttributes to, ConnectionSpan span) {
    boolean client = span.role == Role.CLIENT;
    long high = client ? span.peerHigh() : span.localHigh();
    long low = client ? span.peerLow() : span.localLow();
    int port = span.serverPort();
    if (port == span.otherPort && high == span.otherHigh && low == span.otherLow) {
      return;
    }
    to.putAddress(client ? ASKED_ADDRESS : ACTUAL_ADDRESS, span.ipv6, high, low);
    to.put(client ? ASKED_PORT : ACTUAL_PORT, port);
    to.putAddress(
        client ? ACTUAL_ADDRESS : ASKED_ADDRESS, span.ipv6, span.otherHigh, span.otherLow);
    to.put(client ? ACTUAL_PORT : ASKED_PORT, span.otherPort);
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
