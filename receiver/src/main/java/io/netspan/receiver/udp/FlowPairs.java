package io.netspan.receiver.udp;

import io.netspan.receiver.net.Ends;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings the two flows of an exchange together whose both ends are in one network namespace of this
 * machine, by their ports and addresses. An address that a socket does not have, because it is
 * bound to all, matches any; if several flows match, none is taken. Belongs to the thread that has
 * the turn.
 */
final class FlowPairs {
  private final Map<Ports, List<Flow>> byPorts = new HashMap<>();

  private record Ports(int netns, int local, int peer) {}

  /** Adds a new flow; if its other end is here, both learn of each other. */
  void add(Flow flow) {
    if (flow.peer() != FlowPeer.KNOWN) {
      return;
    }
    Ends ends = flow.ends();
    Flow other =
        only(byPorts.get(new Ports(ends.netns(), ends.peerPort(), ends.localPort())), flow);
    byPorts
        .computeIfAbsent(
            new Ports(ends.netns(), ends.localPort(), ends.peerPort()), _ -> new ArrayList<>(1))
        .add(flow);
    if (other != null) {
      flow.isWith(other);
      other.isWith(flow);
    }
  }

  void remove(Flow flow) {
    Flow other = flow.other();
    if (other != null && other.other() == flow) {
      other.isAlone();
    }
    Ends ends = flow.ends();
    Ports ports = new Ports(ends.netns(), ends.localPort(), ends.peerPort());
    List<Flow> all = byPorts.get(ports);
    if (all != null && all.remove(flow) && all.isEmpty()) {
      byPorts.remove(ports);
    }
  }

  private static @Nullable Flow only(@Nullable List<Flow> candidates, Flow flow) {
    Flow found = null;
    for (Flow candidate : candidates == null ? List.<Flow>of() : candidates) {
      if (isAt(candidate.ends(), flow.ends()) && isAt(flow.ends(), candidate.ends())) {
        if (found != null) {
          return null;
        }
        found = candidate;
      }
    }
    return found;
  }

  /** Whether the first one's address is what the second one has for its peer. */
  private static boolean isAt(Ends one, Ends other) {
    return !one.hasLocalAddress()
        || (one.isIpv6() == other.isIpv6()
            && one.localHigh() == other.peerHigh()
            && one.localLow() == other.peerLow());
  }
}
