package io.netspan.receiver.pair;

import io.netspan.receiver.Recent;
import io.netspan.receiver.net.SocketEnds;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.workload.Workload;
import org.agrona.collections.Hashing;
import org.jspecify.annotations.Nullable;

/**
 * Which process served an address and port, as clients in a network namespace name it. With it, a
 * connection that fails can name the process that would have served it. Belongs to the thread that
 * has the turn.
 */
final class Destinations {
  static final int MOST = 8_192;

  private final Recent<Destination> recent = new Recent<>(MOST);

  /** A server by its address. If several addresses have the same hash, the last one stays. */
  private static final class Destination {
    final int netns;
    final boolean ipv6;
    final long high;
    final long low;
    final int port;
    Workload server;
    long learntNs;

    Destination(SocketEnds client, Workload server) {
      netns = client.netns();
      ipv6 = client.isIpv6();
      high = client.peerHigh();
      low = client.peerLow();
      port = client.peerPort();
      this.server = server;
    }

    boolean isOf(SocketEnds client) {
      return netns == client.netns()
          && port == client.peerPort()
          && ipv6 == client.isIpv6()
          && high == client.peerHigh()
          && low == client.peerLow();
    }
  }

  private static long hash(SocketEnds client) {
    long address = Hashing.hash(client.peerHigh()) * 31L + Hashing.hash(client.peerLow());
    return address + ((long) client.netns() << 32 | client.peerPort());
  }

  /** Records that this process served the client at this time. */
  void learn(Connection client, Workload server, long ns) {
    long key = hash(client);
    Destination known = recent.young(key);
    if (known != null && known.isOf(client)) {
      known.server = server;
      known.learntNs = ns;
      return;
    }
    Destination learnt = new Destination(client, server);
    learnt.learntNs = ns;
    recent.put(key, learnt, ns);
  }

  /** The process that has served clients of this namespace there; null if none is known. */
  @Nullable Workload expected(Connection client) {
    Destination known = recent.get(hash(client));
    return known != null
            && known.isOf(client)
            && client.closedNs() - known.learntNs <= Recent.WITHIN_NS
        ? known.server
        : null;
  }
}
