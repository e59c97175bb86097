package io.netspan.receiver.telemetry;

import io.netspan.enrich.ProcessIdentity;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Workload;
import org.jspecify.annotations.Nullable;

/** The attributes of a span that describe the process at the other end. */
final class PeerAttributes {
  private static final SpanAttribute<String> SERVICE_PEER_NAME =
      SpanAttribute.text("service.peer.name");
  private static final SpanAttribute<String> SERVICE_PEER_NAMESPACE =
      SpanAttribute.text("service.peer.namespace");
  private static final SpanAttribute<String> PEER_SERVICE = SpanAttribute.text("peer.service");
  private static final SpanAttribute<String> PEER_PROVENANCE =
      SpanAttribute.text("netspan.peer.provenance");
  private static final SpanAttribute<Long> PEER_PID =
      SpanAttribute.number("netspan.peer.process.pid");
  private static final SpanAttribute<String> PEER_EXECUTABLE =
      SpanAttribute.text("netspan.peer.process.executable.name");
  private static final SpanAttribute<String> PEER_CONTAINER =
      SpanAttribute.text("netspan.peer.container.id");

  private PeerAttributes() {}

  /**
   * @param how how the process is known: the value of netspan.peer.provenance
   */
  static void of(NetworkSpan span, String how, LimitedAttributes to) {
    Workload peer = span.peerOwner();
    if (peer == null) {
      return;
    }
    ProcessIdentity identity = peer.identity();
    to.put(SERVICE_PEER_NAME, identity.service().name());
    to.put(PEER_SERVICE, identity.service().name());
    put(to, SERVICE_PEER_NAMESPACE, identity.service().namespace());
    to.put(PEER_PROVENANCE, how);
    to.put(PEER_PID, peer.key().pid());
    put(to, PEER_EXECUTABLE, identity.facts().executableName());
    put(to, PEER_CONTAINER, identity.container() == null ? null : identity.container().id());
  }

  /** As {@link #of}, of an address that has a name. */
  static void of(PeerName named, LimitedAttributes to) {
    to.put(SERVICE_PEER_NAME, named.name());
    to.put(PEER_SERVICE, named.name());
    put(to, SERVICE_PEER_NAMESPACE, named.namespace());
    to.put(PEER_PROVENANCE, named.provenance().value());
  }

  private static void put(LimitedAttributes to, SpanAttribute<String> key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      to.put(key, value);
    }
  }
}
