package io.netspan.receiver.poll;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * The agent's own connections, both ends, which are left out: reporting them would take further
 * ones.
 *
 * <p>Those that a look finds are known by their process. One that came and went in between is not;
 * it is taken for the agent's if it went to a backend that the agent exports to, so another
 * process's to the same backend is left out with it.
 */
final class OwnConnections {
  private final int self;
  private final int netns;
  private final Set<Ends.End> backends = new HashSet<>();
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
        this.backends.add(end(backend.getAddress(), backend.getPort()));
      }
    }
  }

  private static Ends.End end(InetAddress address, int port) {
    byte[] bytes = address.getAddress();
    ByteBuffer number = ByteBuffer.wrap(java.util.Arrays.copyOf(bytes, 16));
    return new Ends.End(port, number.getLong(), number.getLong());
  }

  /** Marks those among all that are open. */
  void mark(Collection<PolledSocket> sockets) {
    if (self == 0) {
      return;
    }
    Set<Ends> ends = new HashSet<>();
    for (PolledSocket socket : sockets) {
      if (!socket.isListener()
          && socket.holders().stream().anyMatch(holder -> holder.pid() == self)) {
        socket.own(true);
        ends.add(socket.ends().seenFromTheOther());
      }
    }
    otherEnds = ends;
    for (PolledSocket socket : sockets) {
      socket.own(socket.own() || otherEnds.contains(socket.ends()));
    }
  }

  /** Whether one is that no look has found the process of. */
  boolean contain(PolledSocket socket) {
    if (self == 0 || socket.netNs() != netns || !socket.holders().isEmpty()) {
      return false;
    }
    Ends ends = socket.ends();
    return otherEnds.contains(ends)
        || backends.contains(ends.peer())
        || backends.contains(ends.local());
  }
}
