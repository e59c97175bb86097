package io.netspan.receiver.workload;

import io.netspan.enrich.ServiceName;
import java.util.Locale;

/**
 * What the service at an address is called when no process is known there. Belongs to the thread
 * that has the turn, except for its name and provenance.
 */
public final class PeerName {
  private final String name;
  private final Provenance provenance;
  private int service = -1;

  /** Where a name comes from. */
  public enum Provenance {
    /** A range of addresses in the settings. */
    CIDR,
    /** A hosts file. */
    HOSTS;

    /** The value of {@code netspan.peer.provenance}. */
    public String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public PeerName(String name, Provenance provenance) {
    this.name = name;
    this.provenance = provenance;
  }

  public String name() {
    return name;
  }

  public Provenance provenance() {
    return provenance;
  }

  /**
   * The number of the service, given out at the first call: of the names in a long list only those
   * that are met take a number.
   */
  public int service(Services services) {
    if (service < 0) {
      service = services.intern(new ServiceName(name, ServiceName.Source.UNKNOWN));
    }
    return service;
  }
}
