package io.netspan.receiver.track;

import io.netspan.receiver.socket.SocketFacts;
import io.netspan.receiver.wire.TcpListenEvent;
import io.netspan.receiver.workload.Workload;
import java.util.List;
import java.util.function.LongConsumer;
import org.agrona.collections.Hashing;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Who listens where. Looking up allocates nothing. Belongs to the tracer's thread. */
final class Listeners {
  private final Long2ObjectHashMap<Listener> bySocket = new Long2ObjectHashMap<>();

  /**
   * Chains of listeners by the hash of where they listen: those that share it (SO_REUSEPORT), and
   * others that happen to. Not by the port alone: anybody can listen on one port of a hundred
   * thousand addresses.
   */
  private final Long2ObjectHashMap<Listener> byPlace = new Long2ObjectHashMap<>();

  private static final class Listener {
    final long sk;
    final long place;
    final int netns;
    final int port;
    final long high;
    final long low;
    Workload owner;
    @Nullable Listener next;

    /** The last pass that found it, and what that pass knows of who has a descriptor. */
    int pass;

    boolean heldByOwner;
    Workload heir;

    Listener(long sk, int netns, int port, long high, long low, Workload owner) {
      this.sk = sk;
      this.place = place(netns, port, high, low);
      this.netns = netns;
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

    boolean isAt(int inode, int number, long addressHigh, long addressLow) {
      return netns == inode && port == number && high == addressHigh && low == addressLow;
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
        new Listener(sk, netns, sport, mapped ? low << 32 : high, mapped ? 0 : low, owner);
    bySocket.put(sk, listener);
    listener.next = byPlace.get(listener.place);
    byPlace.put(listener.place, listener);
    return listener;
  }

  /** A pass tells of one descriptor of a listening socket. */
  void found(SocketFacts facts, Workload holder, int pass) {
    Listener listener = bySocket.get(facts.sk());
    if (listener == null || listener.netns != facts.netNs() || listener.port != facts.sport()) {
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
   * Those that this pass and the one before found no descriptor of, to be asked for: they are gone
   * and their end was lost, or they are where no descriptors are looked at (in a pid namespace that
   * the agent does not see, on the way through a socket, registered with io_uring).
   */
  void forEachMissing(int pass, LongConsumer ask) {
    for (Listener listener : List.copyOf(bySocket.values())) {
      if (listener.pass != 0 && listener.pass < pass - 1) {
        ask.accept(listener.sk);
      }
    }
  }

  /** One that was asked for. */
  void answered(SocketFacts facts, int pass) {
    Listener listener = bySocket.get(facts.sk());
    if (listener != null && listener.netns == facts.netNs() && listener.port == facts.sport()) {
      listener.pass = pass;
      listener.heldByOwner = true; // As far as is known.
    }
  }

  /**
   * A pass has told of all there are: what was neither found nor answered is gone, its end was
   * lost; one whose process is gone belongs to who has it now.
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
    Listener first = byPlace.get(gone.place);
    if (first == gone) {
      if (gone.next == null) {
        byPlace.remove(gone.place);
      } else {
        byPlace.put(gone.place, gone.next);
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
    Listener exact = find(netns, port, high, low);
    Listener found = exact != null ? exact : find(netns, port, 0, 0);
    return found == null ? null : found.owner;
  }

  /** The youngest: the end of an older one may have been lost. */
  private @Nullable Listener find(int netns, int port, long high, long low) {
    for (Listener at = byPlace.get(place(netns, port, high, low)); at != null; at = at.next) {
      if (at.isAt(netns, port, high, low)) {
        return at;
      }
    }
    return null;
  }

  int size() {
    return bySocket.size();
  }

  private static long place(int netns, int port, long high, long low) {
    return Hashing.hash(high) * 31L + Hashing.hash(low) + ((long) netns << 32 | port);
  }
}
