package io.netspan.receiver.pair;

import io.netspan.receiver.net.Ends;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionState;
import io.netspan.receiver.tcp.Provenance;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sides of connections that are polled, and so have no identity pair, by their ends. Both sides are
 * in one network namespace; behind address translation they do not find each other. Belongs to the
 * thread that has the turn.
 */
final class PolledSides {
  private final Map<Ends, Connection> alone = new HashMap<>();

  /** Returns the other side of a connection if it is here; otherwise keeps this one for it. */
  @Nullable Connection join(Connection side) {
    if (side.provenance() != Provenance.POLLED
        || side.state() == ConnectionState.SYN_SENT
        || side.localPort() == 0) {
      return null;
    }
    Ends ends = Ends.of(side);
    Connection first = alone.get(ends.seenFromTheOther());
    if (first == null || first == side || first.role() == side.role()) {
      alone.put(ends, side);
      return null;
    }
    alone.remove(ends.seenFromTheOther());
    alone.remove(ends, side);
    return first;
  }

  void remove(Connection side) {
    if (!alone.isEmpty()) {
      alone.remove(Ends.of(side), side);
    }
  }
}
