package io.netspan.receiver.tcp;

import io.netspan.receiver.Recent;
import io.netspan.receiver.workload.Workload;
import org.jspecify.annotations.Nullable;

/** Who listened where until lately. Belongs to the thread that has the turn. */
final class FormerListeners {
  static final int MOST = 4_096;

  private final Recent<Former> recent = new Recent<>(MOST);

  private record Former(Listener.Place place, Workload owner, long endedNs) {}

  void add(Listener listener, long endedNs) {
    Former former = new Former(listener.place, listener.owner, endedNs);
    recent.put(listener.place.hash(), former, endedNs);
  }

  /** Who listened there within an hour before the client failed; null if none is known. */
  @Nullable Workload owner(Connection client, boolean ipv6, long high, long low) {
    int port = client.peerPort;
    Former former = recent.get(Listener.Place.hash(client.netns, port, ipv6, high, low));
    return former == null
            || !former.place.isAt(client.netns, port, ipv6, high, low)
            || (former.place.v6Only() && !client.ipv6)
            || client.closedNs - former.endedNs > Recent.WITHIN_NS
        ? null
        : former.owner;
  }
}
