package io.netspan.receiver.track;

import io.netspan.receiver.wire.TcpListenEvent;
import io.netspan.receiver.workload.Workload;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Who listens where. Looking up allocates nothing. Belongs to the tracer's thread. */
final class Listeners {
  private final Long2ObjectHashMap<Listener> bySocket = new Long2ObjectHashMap<>();

  /**
   * Chains of listeners on one port of one network namespace: on several addresses, or sharing it
   * (SO_REUSEPORT).
   */
  private final Long2ObjectHashMap<Listener> byPort = new Long2ObjectHashMap<>();

  private static final class Listener {
    final long sk;
    final long port;
    final long high;
    final long low;
    final Workload owner;
    @Nullable Listener next;

    Listener(long sk, long port, long high, long low, Workload owner) {
      this.sk = sk;
      this.port = port;
      this.high = high;
      this.low = low;
      this.owner = owner;
    }

    boolean isWildcard() {
      return high == 0 && low == 0;
    }
  }

  void add(TcpListenEvent event, Workload owner) {
    remove(event.sk());
    // Bound to a v4-mapped address, it accepts connections that are told as IPv4.
    boolean mapped = event.saddrHigh() == 0 && event.saddrLow() >>> 32 == 0xffff;
    Listener listener =
        new Listener(
            event.sk(),
            port(event.netNs(), event.sport()),
            mapped ? event.saddrLow() << 32 : event.saddrHigh(),
            mapped ? 0 : event.saddrLow(),
            owner);
    bySocket.put(listener.sk, listener);
    listener.next = byPort.get(listener.port);
    byPort.put(listener.port, listener);
  }

  void remove(long sk) {
    Listener gone = bySocket.remove(sk);
    if (gone == null) {
      return;
    }
    Listener first = byPort.get(gone.port);
    if (first == gone) {
      if (gone.next == null) {
        byPort.remove(gone.port);
      } else {
        byPort.put(gone.port, gone.next);
      }
      return;
    }
    for (Listener at = first; at != null; at = at.next) {
      if (at.next == gone) {
        at.next = gone.next;
        return;
      }
    }
  }

  /**
   * The owner of the listener that accepts on this address, an exact one before a wildcard; null if
   * none is known.
   */
  @Nullable Workload owner(int netns, int port, long high, long low) {
    Workload wildcard = null;
    for (Listener at = byPort.get(port(netns, port)); at != null; at = at.next) {
      if (at.high == high && at.low == low) {
        return at.owner;
      }
      if (wildcard == null && at.isWildcard()) {
        wildcard = at.owner; // The youngest: the end of an older one may have been lost.
      }
    }
    return wildcard;
  }

  int size() {
    return bySocket.size();
  }

  private static long port(int netns, int port) {
    return (long) netns << 32 | port;
  }
}
