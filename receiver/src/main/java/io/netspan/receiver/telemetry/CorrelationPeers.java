package io.netspan.receiver.telemetry;

import io.netspan.config.AddressRange;
import io.netspan.receiver.net.SocketEnds;
import java.util.List;

/**
 * Decides by its address whether the other end of a connection may be traced too. Allocates
 * nothing.
 */
public final class CorrelationPeers {
  private final long[] highs;
  private final long[] lows;
  private final long[] highMasks;
  private final long[] lowMasks;
  private final boolean[] ipv6;

  public CorrelationPeers(List<AddressRange> ranges) {
    int count = ranges.size();
    highs = new long[count];
    lows = new long[count];
    highMasks = new long[count];
    lowMasks = new long[count];
    ipv6 = new boolean[count];
    for (int i = 0; i < count; i++) {
      AddressRange range = ranges.get(i);
      ipv6[i] = range.ipv6();
      highMasks[i] = mask(range.prefixLength());
      lowMasks[i] = mask(range.prefixLength() - Long.SIZE);
      highs[i] = range.high() & highMasks[i];
      lows[i] = range.low() & lowMasks[i];
    }
  }

  private static long mask(int bits) {
    if (bits <= 0) {
      return 0;
    }
    return bits >= Long.SIZE ? -1L : -1L << (Long.SIZE - bits);
  }

  /** Whether the other end of a socket is in one of the networks. */
  boolean contains(SocketEnds of) {
    for (int i = 0; i < highs.length; i++) {
      if (ipv6[i] == of.isIpv6()
          && (of.peerHigh() & highMasks[i]) == highs[i]
          && (of.peerLow() & lowMasks[i]) == lows[i]) {
        return true;
      }
    }
    return false;
  }
}
