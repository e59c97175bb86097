package io.netspan.receiver.poll;

import io.netspan.enrich.ProcessKey;
import io.netspan.receiver.net.Address;
import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.Ends;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The agent's own connections, both ends, which are left out: reporting them would take further
 * ones.
 *
 * <p>Most that a look finds are known by their process. Of one that came and went in between, or of
 * which a look found only the other end, the process is not known: it is taken for the agent's if
 * it goes to a backend that the agent exports to, so another process's of that kind is left out
 * with it.
 */
final class OwnConnections {
  private final int self;
  private final int netns;
  private final Set<Endpoint> backends = new HashSet<>();
  private final Set<Integer> ports = new HashSet<>();
  private Set<Ends> otherEnds = Set.of();

  /**
   * @param self the agent's pid; 0: nothing is left out
   * @param netns the network namespace that the agent is in
   * @param backends those that cannot be resolved are passed over
   */
  OwnConnections(int self, int netns, Collection<InetSocketAddress> backends) {
    this.self = self;
    this.netns = netns;
    for (InetSocketAddress backend : backends) {
      if (backend.getAddress() != null) {
        ports.add(backend.getPort());
        this.backends.add(new Endpoint(Address.of(backend.getAddress()), backend.getPort()));
      }
    }
  }

  /** Marks those among all that are open, once and for all. */
  void mark(Collection<PolledSocket> sockets) {
    if (self == 0) {
      return;
    }
    Set<Ends> all = new HashSet<>();
    Set<Ends> ofOthers = new HashSet<>();
    for (PolledSocket socket : sockets) {
      if (isOurs(socket)) {
        all.add(socket.ends().seenFromTheOther());
        socket.own(socket.own() || !socket.known());
      } else if (goesToBackend(socket)) {
        ofOthers.add(socket.ends().seenFromTheOther());
      }
    }
    otherEnds = all;
    for (PolledSocket socket : sockets) {
      if (!socket.known() && !socket.isListener()) {
        Ends ends = socket.ends();
        boolean served = isServed(ends) && !ofOthers.contains(ends);
        socket.own(socket.own() || served || all.contains(ends));
      }
    }
  }

  private boolean isOurs(PolledSocket socket) {
    List<ProcessKey> holders = socket.holders();
    return !socket.isListener()
        && (holders.isEmpty()
            ? goesToBackend(socket)
            : holders.stream().anyMatch(holder -> holder.pid() == self));
  }

  private boolean goesToBackend(PolledSocket socket) {
    return ports.contains(socket.peerPort()) && backends.contains(socket.ends().peer());
  }

  /** Whether this is the end of a backend on this machine, whose other end is here too. */
  private boolean isServed(Ends ends) {
    return backends.contains(ends.local()) && ends.local().address().equals(ends.peer().address());
  }

  /** Whether one is that no look has found the process of. */
  boolean contain(PolledSocket socket) {
    if (self == 0 || socket.netns() != netns || !socket.holders().isEmpty()) {
      return false;
    }
    Ends ends = socket.ends();
    return otherEnds.contains(ends) || goesToBackend(socket) || isServed(ends);
  }
}
