package io.netspan.receiver.pair;

import io.netspan.receiver.net.SocketEnds;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.workload.Workload;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Hashing;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which process served an address and port, as clients in a network namespace name it. With it, a
 * connection that fails can name the process that would have served it. Bounded by two generations:
 * when the young one is full or half an hour old, it becomes the old one. Belongs to the thread
 * that has the turn.
 */
final class Destinations {
  static final int MOST = 8_192;
  private static final long GENERATION_NS = TimeUnit.MINUTES.toNanos(30);

  private Long2ObjectHashMap<Destination> young = new Long2ObjectHashMap<>();
  private Long2ObjectHashMap<Destination> old = new Long2ObjectHashMap<>();
  private long beganNs = Long.MIN_VALUE;

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

  /** Records that this process has served the client. */
  void learn(Connection client, Workload server) {
    long key = hash(client);
    Destination known = young.get(key);
    if (known != null && known.isOf(client)) {
      known.server = server;
      known.learntNs = client.closedNs();
      return;
    }
    if (young.size() >= MOST || client.closedNs() > beganNs + GENERATION_NS) {
      old = young;
      young = new Long2ObjectHashMap<>();
      beganNs = client.closedNs();
    }
    Destination learnt = new Destination(client, server);
    learnt.learntNs = client.closedNs();
    young.put(key, learnt);
  }

  /** The process that has served clients of this namespace there; null if none is known. */
  @Nullable Workload expected(Connection client) {
    long key = hash(client);
    Destination known = young.get(key);
    if (known == null || !known.isOf(client)) {
      known = old.get(key);
    }
    return known != null
            && known.isOf(client)
            && client.closedNs() - known.learntNs <= GENERATION_NS
        ? known.server
        : null;
  }
}
