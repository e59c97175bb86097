package io.netspan.enrich.kube;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Addresses as the API writes them. */
final class Addresses {
  private Addresses() {}

  /** Those that are addresses; a server may write anything. */
  static List<InetAddress> of(List<String> written) {
    List<InetAddress> all = new ArrayList<>(written.size());
    for (String each : written) {
      try {
        all.add(InetAddress.ofLiteral(each));
      } catch (IllegalArgumentException _) {
        // Such as "None", the address of a service that has none.
      }
    }
    return List.copyOf(all);
  }
}
