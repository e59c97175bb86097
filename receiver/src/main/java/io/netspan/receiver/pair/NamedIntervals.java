package io.netspan.receiver.pair;

import io.netspan.receiver.workload.PeerName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ranges that contain each other, as disjoint intervals in ascending order. Each interval has the
 * name of the narrowest range that covers it, so the longest matching prefix is found by one binary
 * search, among those that begin with the address's first byte. Addresses are unsigned numbers of
 * 128 bits. Immutable.
 */
final class NamedIntervals {
  static final NamedIntervals NONE = of(List.of());

  private static final int FIRST_BYTES = 256;
  private static final int FIRST_BYTE_SHIFT = 56;

  private final long[] highs;
  private final long[] lows;
  private final @Nullable PeerName[] names;

  /** How many intervals begin before the addresses with this first byte. */
  private final int[] before = new int[FIRST_BYTES + 1];

  /** Where an interval begins, which goes on to the next one. */
  private record Bound(long high, long low, @Nullable PeerName name) {
    boolean isAt(long otherHigh, long otherLow) {
      return high == otherHigh && low == otherLow;
    }
  }

  private NamedIntervals(List<Bound> bounds) {
    int count = bounds.size();
    highs = new long[count];
    lows = new long[count];
    names = new @Nullable PeerName[count];
    for (int i = 0; i < count; i++) {
      highs[i] = bounds.get(i).high();
      lows[i] = bounds.get(i).low();
      names[i] = bounds.get(i).name();
      before[(int) (highs[i] >>> FIRST_BYTE_SHIFT) + 1]++;
    }
    for (int i = 0; i < FIRST_BYTES; i++) {
      before[i + 1] += before[i];
    }
  }

  /** Of two ranges that are the same, the first counts. */
  static NamedIntervals of(List<PeerNames.Range> ranges) {
    List<PeerNames.Range> sorted = new ArrayList<>(ranges);
    sorted.sort(
        ((Comparator<PeerNames.Range>) (a, b) -> compare(a.high(), a.low(), b.high(), b.low()))
            .thenComparingInt(PeerNames.Range::prefixLength));
    List<Bound> bounds = new ArrayList<>();
    Deque<PeerNames.Range> around = new ArrayDeque<>();
    PeerNames.Range last = null;
    for (PeerNames.Range next : sorted) {
      if (last != null && isSame(last, next)) {
        continue;
      }
      last = next;
      while (!around.isEmpty() && !contains(around.getLast(), next)) {
        leave(around, bounds);
      }
      around.addLast(next);
      add(bounds, new Bound(next.high(), next.low(), next.name()));
    }
    while (!around.isEmpty()) {
      leave(around, bounds);
    }
    return new NamedIntervals(bounds);
  }

  private static boolean isSame(PeerNames.Range a, PeerNames.Range b) {
    return a.high() == b.high() && a.low() == b.low() && a.prefixLength() == b.prefixLength();
  }

  private static boolean contains(PeerNames.Range outer, PeerNames.Range inner) {
    return compare(inner.high(), inner.low(), lastHigh(outer), lastLow(outer)) <= 0;
  }

  /** Goes on with the name of the range around the one that ends. */
  private static void leave(Deque<PeerNames.Range> around, List<Bound> bounds) {
    PeerNames.Range ended = around.removeLast();
    long low = lastLow(ended) + 1;
    long high = lastHigh(ended) + (low == 0 ? 1 : 0);
    if ((high | low) != 0) { // otherwise it ended with the last address that there is
      PeerNames.Range outer = around.peekLast();
      add(bounds, new Bound(high, low, outer == null ? null : outer.name()));
    }
  }

  /** Of several bounds at one address, the last one is of the innermost range. */
  private static void add(List<Bound> bounds, Bound next) {
    if (!bounds.isEmpty() && bounds.getLast().isAt(next.high(), next.low())) {
      bounds.removeLast();
    }
    bounds.add(next);
  }

  private static long lastHigh(PeerNames.Range range) {
    return range.high() | suffix(range.prefixLength());
  }

  private static long lastLow(PeerNames.Range range) {
    return range.low() | suffix(range.prefixLength() - Long.SIZE);
  }

  /** The bits after a prefix within 64 bits. */
  private static long suffix(int prefixLength) {
    if (prefixLength <= 0) {
      return -1L;
    }
    return prefixLength >= Long.SIZE ? 0 : -1L >>> prefixLength;
  }

  private static int compare(long highA, long lowA, long highB, long lowB) {
    int high = Long.compareUnsigned(highA, highB);
    return high != 0 ? high : Long.compareUnsigned(lowA, lowB);
  }

  /** The name of the narrowest range that contains the address; null if there is none. */
  @Nullable PeerName at(long high, long low) {
    int first = (int) (high >>> FIRST_BYTE_SHIFT);
    int from = before[first];
    int to = before[first + 1];
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (compare(highs[middle], lows[middle], high, low) <= 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from == 0 ? null : names[from - 1];
  }
}
