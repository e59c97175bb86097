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
 * The listening sockets, by namespace and address. Looking up allocates nothing. Belongs to the
 * thread that has the turn.
 */
final class Listeners {
  private final Long2ObjectHashMap<Listener> bySocket = new Long2ObjectHashMap<>();

  /**
   * Chains of listeners by the hash of where they listen: those that share it (SO_REUSEPORT), and
   * others that happen to. Not by the port alone: anybody can listen on one port of a hundred
   * thousand addresses.
   */
  private final Long2ObjectHashMap<Listener> byPlace = new Long2ObjectHashMap<>();

  /**
   * Those whose port the kernel had not chosen yet when they were reported: {@code listen()}
   * chooses it.
   */
  private final LongHashSet portless = new LongHashSet();

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
   * It was read before its end, or before another one began on its address, which was told since.
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

  /** From now on the listeners that end are remembered, until {@link #forgetEnded}. */
  void rememberEnded() {
    remembersEnded = true;
  }

  void forgetEnded() {
    remembersEnded = false;
    ended.clear();
  }

  /** It listens no more. */
  void end(long sk) {
    if (remembersEnded) {
      ended.add(sk);
    }
    remove(sk);
  }

  /** The one that is known by this address, if it is the same. Its port may be news. */
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

  /** The sockets whose port is not known, to be asked for. */
  void forEachPortless(LongConsumer ask) {
    if (!portless.isEmpty()) {
      List.copyOf(portless).forEach(ask::accept);
    }
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
    Listener listener = at(facts);
    if (listener != null) {
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
   * As {@link #owner}, of what was accepted just now. If the kernel was asked too late for the port
   * of a listener that has been closed since, it was that one, if there is no other.
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
   * The owner of the listener that accepted this, or would; null if none is known. As the kernel
   * chooses it: an exact address before a wildcard; for IPv4 a wildcard of IPv4 before one of IPv6
   * that takes both.
   */
  @Nullable Workload owner(Connection connection) {
    Listener found = find(connection, connection.ipv6, connection.localHigh, connection.localLow);
    if (found == null) {
      found = find(connection, connection.ipv6, 0, 0);
    }
    if (found == null && !connection.ipv6) {
      found = find(connection, /* ipv6= */ true, 0, 0);
    }
    return found == null ? null : found.owner;
  }

  /**
   * One that is bound to the connection's device, else one that is bound to none. Of several the
   * youngest: the end of an older one may have been lost.
   */
  private @Nullable Listener find(Connection connection, boolean ipv6, long high, long low) {
    int netns = connection.netns;
    int port = connection.localPort;
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
