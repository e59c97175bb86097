package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.enrich.ProcessIdentity;
import io.netspan.receiver.workload.PeerName;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.AttributeKey;
import org.jspecify.annotations.Nullable;

/** The attributes of a span that describe the process at the other end. */
final class PeerAttributes {
  private static final AttributeKey<String> SERVICE_PEER_NAME = stringKey("service.peer.name");
  private static final AttributeKey<String> SERVICE_PEER_NAMESPACE =
      stringKey("service.peer.namespace");
  private static final AttributeKey<String> PEER_SERVICE = stringKey("peer.service");
  private static final AttributeKey<String> PEER_PROVENANCE = stringKey("netspan.peer.provenance");
  private static final AttributeKey<Long> PEER_PID = longKey("netspan.peer.process.pid");
  private static final AttributeKey<String> PEER_EXECUTABLE =
      stringKey("netspan.peer.process.executable.name");
  private static final AttributeKey<String> PEER_CONTAINER = stringKey("netspan.peer.container.id");

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
    to.put(PEER_PID, (long) peer.key().pid());
    put(to, PEER_EXECUTABLE, identity.facts().executableName());
    put(to, PEER_CONTAINER, identity.container() == null ? null : identity.container().id());
  }

  /** As {@link #of}, of an address that has a name. */
  static void of(PeerName named, LimitedAttributes to) {
    to.put(SERVICE_PEER_NAME, named.name());
    to.put(PEER_SERVICE, named.name());
    to.put(PEER_PROVENANCE, named.provenance().value());
  }

  private static void put(LimitedAttributes to, AttributeKey<String> key, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      to.put(key, value);
    }
  }
}
