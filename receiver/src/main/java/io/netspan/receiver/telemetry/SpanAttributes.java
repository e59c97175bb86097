package io.netspan.receiver.telemetry;

import io.netspan.receiver.tcp.Provenance;

/**
 * The attributes that spans of sockets have in common; docs/telemetry.md explains each. Unknown
 * attributes are omitted.
 */
final class SpanAttributes {
  static final SpanAttribute<String> NETWORK_TRANSPORT = SpanAttribute.text("network.transport");
  static final SpanAttribute<String> NETWORK_TYPE = SpanAttribute.text("network.type");
  static final SpanAttribute<String> NETWORK_LOCAL_ADDRESS =
      SpanAttribute.text("network.local.address");
  static final SpanAttribute<Long> NETWORK_LOCAL_PORT = SpanAttribute.number("network.local.port");
  static final SpanAttribute<String> NETWORK_PEER_ADDRESS =
      SpanAttribute.text("network.peer.address");
  static final SpanAttribute<Long> NETWORK_PEER_PORT = SpanAttribute.number("network.peer.port");
  static final SpanAttribute<String> SERVER_ADDRESS = SpanAttribute.text("server.address");
  static final SpanAttribute<Long> SERVER_PORT = SpanAttribute.number("server.port");
  static final SpanAttribute<String> CLIENT_ADDRESS = SpanAttribute.text("client.address");
  static final SpanAttribute<Long> CLIENT_PORT = SpanAttribute.number("client.port");
  static final SpanAttribute<Long> THREAD_ID = SpanAttribute.number("netspan.thread.id");
  static final SpanAttribute<Long> PROCESS_PID = SpanAttribute.number("process.pid");
  static final SpanAttribute<String> ERROR_TYPE = SpanAttribute.text("error.type");
  static final SpanAttribute<String> CLOSE_REASON = SpanAttribute.text("netspan.close.reason");
  static final SpanAttribute<Long> NETNS = SpanAttribute.number("netspan.netns");
  static final SpanAttribute<String> PROVENANCE = SpanAttribute.text("netspan.provenance");
  static final SpanAttribute<String> PROCESS_PROVENANCE =
      SpanAttribute.text("netspan.process.provenance");
  static final SpanAttribute<Long> BYTES_SENT = SpanAttribute.number("netspan.bytes.sent");
  static final SpanAttribute<Long> BYTES_RECEIVED = SpanAttribute.number("netspan.bytes.received");

  static final SpanAttribute<String> KEEP = SpanAttribute.text("netspan.keep");

  private SpanAttributes() {}

  /** Adds the first attributes, which limits drop last. */
  static void transport(LimitedAttributes to, String transport, boolean ipv6) {
    to.put(NETWORK_TRANSPORT, transport);
    to.put(NETWORK_TYPE, ipv6 ? "ipv6" : "ipv4");
  }

  static void threadAndError(LimitedAttributes to, int tid, String error) {
    if (tid != 0) {
      to.put(THREAD_ID, tid);
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
