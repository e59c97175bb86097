package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.tcp.Provenance;
import io.opentelemetry.api.common.AttributeKey;

/**
 * The attributes that spans of sockets have in common; docs/telemetry.md explains each. Unknown
 * attributes are omitted.
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
  static final AttributeKey<Long> THREAD_ID = longKey("netspan.thread.id");
  static final AttributeKey<Long> PROCESS_PID = longKey("process.pid");
  static final AttributeKey<String> ERROR_TYPE = stringKey("error.type");
  static final AttributeKey<String> CLOSE_REASON = stringKey("netspan.close.reason");
  static final AttributeKey<Long> NETNS = longKey("netspan.netns");
  static final AttributeKey<String> PROVENANCE = stringKey("netspan.provenance");
  static final AttributeKey<String> PROCESS_PROVENANCE = stringKey("netspan.process.provenance");
  static final AttributeKey<Long> BYTES_SENT = longKey("netspan.bytes.sent");
  static final AttributeKey<Long> BYTES_RECEIVED = longKey("netspan.bytes.received");

  static final AttributeKey<String> KEEP = stringKey("netspan.keep");

  private SpanAttributes() {}

  /** Adds the first attributes, which limits drop last. */
  static void transport(LimitedAttributes to, String transport, boolean ipv6) {
    to.put(NETWORK_TRANSPORT, transport);
    to.put(NETWORK_TYPE, ipv6 ? "ipv6" : "ipv4");
  }

  static void threadAndError(LimitedAttributes to, int tid, String error) {
    if (tid != 0) {
      to.put(THREAD_ID, (long) tid);
    }
    if (!error.isEmpty()) {
      to.put(ERROR_TYPE, error);
    }
  }

  /** Adds the provenance and the network namespace, whose inode is an unsigned number. */
  static void provenance(LimitedAttributes to, int netns, Provenance provenance, String process) {
    to.put(NETNS, Integer.toUnsignedLong(netns));
    to.put(PROVENANCE, provenance.value());
    if (!process.isEmpty()) {
      to.put(PROCESS_PROVENANCE, process);
    }
  }

  static void bytes(LimitedAttributes to, long sent, long received) {
    to.put(BYTES_SENT, sent);
    to.put(BYTES_RECEIVED, received);
  }
}
