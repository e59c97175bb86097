package io.netspan.receiver.workload;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the service at an address is called when no process is known there. Belongs to the thread
 * that has the turn, except for its name and provenance.
 */
public final class PeerName {
  private final String name;
  private final @Nullable String namespace;
  private final Provenance provenance;
  private @Nullable Service service;

  /** Where a name comes from. */
  public enum Provenance {
    /** A range of addresses in the settings. */
    CIDR,
    /** An object of a Kubernetes cluster. */
    KUBERNETES,
    /** A hosts file. */
    HOSTS;

    /** The value of {@code netspan.peer.provenance}. */
    public String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public PeerName(String name, Provenance provenance) {
    this(name, null, provenance);
  }

  /** A name within a namespace of services, if that is not null. */
  public PeerName(String name, @Nullable String namespace, Provenance provenance) {
    this.name = name;
    this.namespace = namespace;
    this.provenance = provenance;
  }

  public String name() {
    return name;
  }

  public @Nullable String namespace() {
    return namespace;
  }

  public Provenance provenance() {
    return provenance;
  }

  /**
   * The service, made at the first call: of the names in a long list only those that are met are
   * services.
   */
  public Service service(Services services) {
    Service known = service;
    if (known == null) {
      known = services.intern(new Service.Key(name, namespace, Map.of()));
      service = known;
    }
    return known;
  }
}
