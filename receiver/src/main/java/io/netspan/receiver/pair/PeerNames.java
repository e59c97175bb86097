package io.netspan.receiver.pair;

import io.netspan.receiver.net.SocketEnds;
import io.netspan.receiver.workload.PeerName;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names for addresses, the narrowest range first. A look-up is a binary search that allocates
 * nothing. The names may be replaced by any thread at any time.
 */
public final class PeerNames {
  private volatile NamedIntervals ipv4 = NamedIntervals.NONE;
  private volatile NamedIntervals ipv6 = NamedIntervals.NONE;

  /**
   * A named range.
   *
   * @param high the first eight bytes of the address as a big-endian number; IPv4 in its upper half
   * @param prefixLength how many leading bits count; the others are 0
   */
  public record Range(boolean ipv6, long high, long low, int prefixLength, PeerName name) {}

  /**
   * Sets the names.
   *
   * @param ranges of two that are the same, the first counts
   */
  public void replace(Collection<Range> ranges) {
    List<Range> all = List.copyOf(ranges);
    ipv4 = NamedIntervals.of(all.stream().filter(range -> !range.ipv6()).toList());
    ipv6 = NamedIntervals.of(all.stream().filter(Range::ipv6).toList());
  }

  /** The name for the other end's address; null if there is none. */
  @Nullable PeerName of(SocketEnds ends) {
    NamedIntervals names = ends.isIpv6() ? ipv6 : ipv4;
    return names.at(ends.peerHigh(), ends.peerLow());
  }
}
