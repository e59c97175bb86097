package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.doubleKey;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.OwnerProvenance;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.tcp.Subflow;
import io.opentelemetry.api.common.AttributeKey;
import java.util.HexFormat;

/**
 * The attributes of a connection's span; docs/telemetry.md explains each. What is not known is left
 * out.
 */
final class SpanAttributes {
  static final AttributeKey<String> NETWORK_TRANSPORT = stringKey("network.transport");
  static final AttributeKey<String> NETWORK_TYPE = stringKey("network.type");
  static final AttributeKey<String> NETWORK_LOCAL_ADDRESS = stringKey("network.local.address");
  static final AttributeKey<Long> NETWORK_LOCAL_PORT = longKey("network.local.port");
  static final AttributeKey<String> NETWORK_PEER_ADDRESS = stringKey("network.peer.address");
  static final AttributeKey<Long> NETWORK_PEER_PORT = longKey("network.peer.port");
  static final AttributeKey<String> SERVER_ADDRESS = stringKey("server.address");
  static final AttributeKey<Long> SERVER_PORT = longKey("server.port");
  static final AttributeKey<String> CLIENT_ADDRESS = stringKey("client.address");
  static final AttributeKey<Long> CLIENT_PORT = longKey("client.port");
  static final AttributeKey<Long> THREAD_ID = longKey("thread.id");
  static final AttributeKey<Long> PROCESS_PID = longKey("process.pid");
  static final AttributeKey<String> ERROR_TYPE = stringKey("error.type");
  static final AttributeKey<String> CONNECTION_ID = stringKey("netspan.connection.id");
  static final AttributeKey<Long> NETNS = longKey("netspan.netns");
  static final AttributeKey<String> PROVENANCE = stringKey("netspan.provenance");
  static final AttributeKey<String> PROCESS_PROVENANCE = stringKey("netspan.process.provenance");
  static final AttributeKey<String> CLOSE_REASON = stringKey("netspan.close.reason");
  static final AttributeKey<Long> BYTES_SENT = longKey("netspan.bytes.sent");
  static final AttributeKey<Long> BYTES_RECEIVED = longKey("netspan.bytes.received");
  static final AttributeKey<Long> SEGMENTS_SENT = longKey("netspan.segments.sent");
  static final AttributeKey<Long> SEGMENTS_RECEIVED = longKey("netspan.segments.received");
  static final AttributeKey<Long> RETRANSMITS = longKey("netspan.retransmits");
  static final AttributeKey<Double> RTT_SMOOTHED = doubleKey("netspan.rtt.smoothed");
  static final AttributeKey<Double> RTT_MIN = doubleKey("netspan.rtt.min");
  static final AttributeKey<Double> HANDSHAKE = doubleKey("netspan.handshake.duration");

  static final AttributeKey<String> MPTCP_TOKEN = stringKey("netspan.mptcp.token");
  static final AttributeKey<String> MPTCP_SUBFLOW = stringKey("netspan.mptcp.subflow");

  private static final double US_PER_S = 1e6;
  private static final double NS_PER_S = 1e9;

  private SpanAttributes() {}

  static void of(ConnectionSpan span, LimitedAttributes to) {
    to.put(NETWORK_TRANSPORT, "tcp");
    to.put(NETWORK_TYPE, span.ipv6 ? "ipv6" : "ipv4");
    addresses(to, span);
    if (span.tid != 0) {
      to.put(THREAD_ID, (long) span.tid);
    }
    if (span.error != ConnectionError.NONE) {
      to.put(ERROR_TYPE, span.error.value());
    }
    String id = span.connectionId();
    if (id != null) {
      to.put(CONNECTION_ID, id);
    }
    to.put(NETNS, Integer.toUnsignedLong(span.netns));
    to.put(PROVENANCE, span.provenance.value());
    if (span.ownerProvenance != OwnerProvenance.UNKNOWN) {
      to.put(PROCESS_PROVENANCE, span.ownerProvenance.value());
    }
    to.put(CLOSE_REASON, span.reason.value());
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

  private static void addresses(LimitedAttributes to, ConnectionSpan span) {
    boolean client = span.role == Role.CLIENT;
    String peer = IpAddress.text(span.ipv6, span.peerHigh, span.peerLow);
    to.put(NETWORK_PEER_ADDRESS, peer);
    to.put(NETWORK_PEER_PORT, (long) span.peerPort);
    to.put(client ? SERVER_ADDRESS : CLIENT_ADDRESS, peer);
    to.put(client ? SERVER_PORT : CLIENT_PORT, (long) span.peerPort);
    if (span.localHigh != 0 || span.localLow != 0) {
      String local = IpAddress.text(span.ipv6, span.localHigh, span.localLow);
      to.put(NETWORK_LOCAL_ADDRESS, local);
      to.put(client ? CLIENT_ADDRESS : SERVER_ADDRESS, local);
    }
    if (span.localPort != 0) {
      to.put(NETWORK_LOCAL_PORT, (long) span.localPort);
      to.put(client ? CLIENT_PORT : SERVER_PORT, (long) span.localPort);
    }
  }

  private static void totals(LimitedAttributes to, ConnectionSpan span) {
    to.put(BYTES_SENT, span.bytesSent);
    to.put(BYTES_RECEIVED, span.bytesReceived);
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
