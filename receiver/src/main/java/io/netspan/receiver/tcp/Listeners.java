package io.netspan.receiver.tcp;

import io.netspan.receiver.net.AddressFamily;
import io.netspan.receiver.net.SocketFacts;
import io.netspan.receiver.wire.TcpListenEvent;
import io.netspan.receiver.workload.Workload;
import java.util.List;
import java.util.function.LongConsumer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The listening sockets, by namespace and address. A look-up allocates nothing. Belongs to the
 * thread that has the turn.
 */
final class Listeners {
  private final Long2ObjectHashMap<Listener> bySocket = new Long2ObjectHashMap<>();

  /**
   * Chains of listeners by the hash of where they listen: those that share a place (SO_REUSEPORT),
   * and those whose hashes collide. The hash is not of the port alone, since any program can listen
   * on one port of a hundred thousand addresses.
   */
  private final Long2ObjectHashMap<Listener> byPlace = new Long2ObjectHashMap<>();

  /**
   * The listeners whose port the kernel had not chosen yet when they were reported, because {@code
   * listen()} chooses it.
   */
  private final LongHashSet portless = new LongHashSet();

  private final FormerListeners former = new FormerListeners();
  private final LongHashSet ended = new LongHashSet();
  private boolean remembersEnded;

  void add(TcpListenEvent event, Workload owner) {
    Listener.Place place =
        Listener.Place.of(
            event.netns(),
            event.localPort(),
            event.family() == AddressFamily.AF_INET6,
            event.isV6Only(),
            event.localHigh(),
            event.localLow(),
            event.device());
    add(event.sk(), place, owner).sinceNs = event.ktimeNs();
  }

  private Listener add(long sk, Listener.Place place, Workload owner) {
    remove(sk);
    Listener listener = new Listener(sk, place, owner);
    bySocket.put(sk, listener);
    listener.next = byPlace.get(place.hash());
    byPlace.put(place.hash(), listener);
    if (place.port() == 0) {
      portless.add(sk);
    }
    return listener;
  }

  private static Listener.Place place(SocketFacts facts) {
    return Listener.Place.of(
        facts.netns(),
        facts.localPort(),
        facts.isIpv6(),
        facts.isV6Only(),
        facts.localHigh(),
        facts.localLow(),
        facts.device());
  }

  /** A pass found one descriptor of a listening socket. */
  void found(SocketFacts facts, Workload holder, int pass) {
    if (isOutOfDate(facts)) {
      return;
    }
    Listener listener = at(facts);
    if (listener == null) {
      listener = add(facts.sk(), place(facts), holder);
    }
    listener.held(holder, pass);
  }

  /**
   * Whether a pass read the listener before it ended, or before another listener began on its
   * address, and events have reported that since.
   */
  private boolean isOutOfDate(SocketFacts facts) {
    Listener listener = bySocket.get(facts.sk());
    return listener == null
        ? ended.contains(facts.sk())
        : listener.sinceNs > facts.timeNs() && !isChosenSince(listener, place(facts));
  }

  private static boolean isChosenSince(Listener listener, Listener.Place place) {
    return listener.place.port() == 0 && listener.place.withPort(place.port()).equals(place);
  }

  /** Starts remembering the listeners that end, until {@link #forgetEnded}. */
  void rememberEnded() {
    remembersEnded = true;
  }

  void forgetEnded() {
    remembersEnded = false;
    ended.clear();
  }

  /** Removes a listener that does not listen any more. */
  void end(long sk, long nowNs) {
    if (remembersEnded) {
      ended.add(sk);
    }
    Listener gone = bySocket.get(sk);
    if (gone != null) {
      former.add(gone, nowNs);
    }
    remove(sk);
  }

  /**
   * The listener that is known by this socket address, if it is the same one. Its port may be new.
   */
  private @Nullable Listener at(SocketFacts facts) {
    Listener listener = bySocket.get(facts.sk());
    if (listener == null) {
      return null;
    }
    Listener.Place place = place(facts);
    if (listener.place.equals(place)) {
      return listener;
    }
    return isChosenSince(listener, place) ? add(facts.sk(), place, listener.owner) : null;
  }

  /** Passes on the sockets whose port is not known, so that the kernel can be asked for it. */
  void forEachPortless(LongConsumer ask) {
    if (!portless.isEmpty()) {
      List.copyOf(portless).forEach(ask::accept);
    }
  }

  /**
   * Passes on the listeners of which this pass and the one before found no descriptor, so that the
   * kernel can be asked for them. Either they are gone and their end was lost, or their descriptors
   * are where no pass can see them: in a pid namespace that the agent does not see, in flight
   * through a Unix socket, or registered with io_uring.
   */
  void forEachMissing(int pass, LongConsumer ask) {
    for (Listener listener : List.copyOf(bySocket.values())) {
      if (listener.pass != 0 && listener.pass < pass - 1) {
        ask.accept(listener.sk);
      }
    }
  }

  /** Takes the answer for a listener that was asked for. */
  void answered(SocketFacts facts, int pass) {
    Listener listener = at(facts);
    if (listener != null) {
      listener.pass = pass;
      listener.heldByOwner = true; // Nothing contradicts it.
    }
  }

  /**
   * Ends a pass that has reported all listeners. A listener that was neither found nor answered is
   * gone, and its end was lost; one whose owner has no descriptor any more passes to the process
   * that has one.
   */
  void finish(int pass) {
    for (Listener listener : List.copyOf(bySocket.values())) {
      if (listener.pass == pass && !listener.heldByOwner) {
        listener.owner = listener.heir;
      } else if (listener.pass == 0) {
        listener.pass = pass; // In its first pass; it may have begun after the pass did.
      } else if (listener.pass < pass - 1) {
        remove(listener.sk);
      }
    }
  }

  private void remove(long sk) {
    Listener gone = bySocket.remove(sk);
    if (gone == null) {
      return;
    }
    portless.remove(sk);
    Listener first = byPlace.get(gone.place.hash());
    if (first == gone) {
      if (gone.next == null) {
        byPlace.remove(gone.place.hash());
      } else {
        byPlace.put(gone.place.hash(), gone.next);
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
   * As {@link #owner}, for a connection that was accepted just now. If no listener is known there,
   * and the port of exactly one listener is unknown, that one accepted it: the kernel was asked for
   * the port only after the listener was closed.
   */
  @Nullable Workload acceptor(Connection connection) {
    Workload known = owner(connection);
    if (known != null || portless.isEmpty()) {
      return known;
    }
    Listener only = null;
    for (long sk : List.copyOf(portless)) {
      Listener one = bySocket.get(sk);
      if (one != null && one.place.isOn(connection)) {
        if (only != null) {
          return null;
        }
        only = one;
      }
    }
    if (only == null) {
      return null;
    }
    return add(only.sk, only.place.withPort(connection.localPort), only.owner).owner;
  }

  /**
   * The owner of the listener that accepted the connection, or would; null if none is known. The
   * listener is chosen as by the kernel: an exact address before a wildcard; for IPv4, an IPv4
   * wildcard before an IPv6 wildcard that accepts both.
   */
  @Nullable Workload owner(Connection connection) {
    int port = connection.localPort;
    Listener found =
        find(connection, port, connection.ipv6, connection.localHigh, connection.localLow);
    if (found == null) {
      found = find(connection, port, connection.ipv6, 0, 0);
    }
    if (found == null && !connection.ipv6) {
      found = find(connection, port, /* ipv6= */ true, 0, 0);
    }
    return found == null ? null : found.owner;
  }

  /**
   * The owner of the listener that a client which failed connected to, or of one that ended there
   * within an hour before; null if none is known. A wildcard counts if the address is one of the
   * client's own network namespace.
   */
  @Nullable Workload awaited(Connection client) {
    Workload known = awaited(client, client.ipv6, client.peerHigh, client.peerLow);
    boolean near =
        client.isPeerLoopback()
            || (client.peerHigh == client.localHigh && client.peerLow == client.localLow);
    if (known == null && near) {
      known = awaited(client, client.ipv6, 0, 0);
      if (known == null && !client.ipv6) {
        known = awaited(client, /* ipv6= */ true, 0, 0);
      }
    }
    return known;
  }

  private @Nullable Workload awaited(Connection client, boolean ipv6, long high, long low) {
    Listener found = find(client, client.peerPort, ipv6, high, low);
    return found != null ? found.owner : former.owner(client, ipv6, high, low);
  }

  /**
   * Finds a listener that is bound to the connection's device, otherwise one that is bound to none.
   * Of several, the youngest is chosen, since the end of an older one may have been lost.
   */
  private @Nullable Listener find(
      Connection connection, int port, boolean ipv6, long high, long low) {
    int netns = connection.netns;
    int device = connection.device;
    Listener unbound = null;
    Listener at = byPlace.get(Listener.Place.hash(netns, port, ipv6, high, low));
    for (; at != null; at = at.next) {
      Listener.Place place = at.place;
      if (!place.isAt(netns, port, ipv6, high, low) || (place.v6Only() && !connection.ipv6)) {
        continue;
      }
      if (place.device() == device || device == Connection.UNKNOWN_DEVICE) {
        return at;
      }
      if (place.device() == 0 && unbound == null) {
        unbound = at;
      }
    }
    return unbound;
  }

  int size() {
    return bySocket.size();
  }
}
