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
 * The agent's own connections, both ends, which are not reported: exporting them would cause
 * further connections.
 *
 * <p>Most connections that a scan finds are recognised by their process. The process is not known
 * if a connection opened and closed between two scans, or if a scan found only its other end. Such
 * a connection counts as the agent's if it goes to a backend that the agent exports to, so
 * connections of other processes to that backend are then left out too.
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
   * @param backends where the agent exports to; addresses that cannot be resolved are skipped
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

  /** Marks the agent's own among all open sockets; a mark is never removed. */
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

  /** Whether this is the backend's end of a connection within this machine. */
  private boolean isServed(Ends ends) {
    return backends.contains(ends.local()) && ends.local().address().equals(ends.peer().address());
  }

  /** Whether a socket whose process no scan has found counts as the agent's. */
  boolean contain(PolledSocket socket) {
    if (self == 0 || socket.netns() != netns || !socket.holders().isEmpty()) {
      return false;
    }
    Ends ends = socket.ends();
    return otherEnds.contains(ends) || goesToBackend(socket) || isServed(ends);
  }
}
