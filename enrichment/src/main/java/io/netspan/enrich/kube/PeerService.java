package io.netspan.enrich.kube;

import io.netspan.enrich.ServiceName;
import org.jspecify.annotations.Nullable;

/**
 * What the service at an address is called.
 *
 * @param namespace null if it has none
 */
public record PeerService(String name, @Nullable String namespace) {
  static PeerService of(ServiceName service) {
    return new PeerService(service.name(), service.namespace());
  }
}
