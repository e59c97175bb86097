package io.netspan.receiver.track;

import io.netspan.receiver.socket.SocketFacts;
import io.netspan.receiver.wire.TcpListenEvent;
import io.netspan.receiver.workload.Workload;
import java.util.List;
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
    Workload owner;
    @Nullable Listener next;

    /** The last pass that found it, and what that pass knows of who has a descriptor. */
    int pass;

    boolean heldByOwner;
    Workload heir;

    Listener(long sk, long port, long high, long low, Workload owner) {
      this.sk = sk;
      this.port = port;
      this.high = high;
      this.low = low;
      this.owner = owner;
      this.heir = owner;
    }

    /** Of several processes that have it the oldest is the likeliest: its workers inherited it. */
    void held(Workload holder, int number) {
      boolean first = pass != number;
      boolean held = owner.key().equals(holder.key());
      heldByOwner = held || (!first && heldByOwner);
      if (first || holder.key().startTimeNanos() < heir.key().startTimeNanos()) {
        heir = holder;
      }
      pass = number;
    }

    boolean isWildcard() {
      return high == 0 && low == 0;
    }
  }

  void add(TcpListenEvent event, Workload owner) {
    add(event.sk(), event.netNs(), event.sport(), event.saddrHigh(), event.saddrLow(), owner);
  }

  private Listener add(long sk, int netns, int sport, long high, long low, Workload owner) {
    remove(sk);
    // Bound to a v4-mapped address, it accepts connections that are told as IPv4.
    boolean mapped = high == 0 && low >>> 32 == 0xffff;
    Listener listener =
        new Listener(sk, port(netns, sport), mapped ? low << 32 : high, mapped ? 0 : low, owner);
    bySocket.put(sk, listener);
    listener.next = byPort.get(listener.port);
    byPort.put(listener.port, listener);
    return listener;
  }

  /** A pass tells of one descriptor of a listening socket. */
  void found(SocketFacts facts, Workload holder, int pass) {
    Listener listener = bySocket.get(facts.sk());
    if (listener == null || listener.port != port(facts.netNs(), facts.sport())) {
      listener =
          add(
              facts.sk(),
              facts.netNs(),
              facts.sport(),
              facts.saddrHigh(),
              facts.saddrLow(),
              holder);
    }
    listener.held(holder, pass);
  }

  /**
   * A pass has told of all descriptors there are: a listener that nobody has is gone, its end was
   * lost; one whose process is gone belongs to who has it now. A listener without a descriptor can
   * be on its way through a socket (SCM_RIGHTS), so it is only believed to be gone in the second
   * pass.
   */
  void finish(int pass) {
    for (Listener listener : List.copyOf(bySocket.values())) {
      if (listener.pass == pass && !listener.heldByOwner) {
        listener.owner = listener.heir;
      } else if (listener.pass == 0) {
        listener.pass = pass; // Its first pass: it may be younger than that.
      } else if (listener.pass < pass - 1) {
        remove(listener.sk);
      }
    }
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
