package io.netspan.it.truth;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Assigns observed sides to entries. Sides with the same tuple are paired in the order of time. An
 * entry or an observed side with an unknown local port is paired with what remains for its peer.
 */
final class Pairs {
  private final IdentityHashMap<LedgerEntry, Observed> byEntry = new IdentityHashMap<>();
  private final Map<Tuple, List<LedgerEntry>> byTuple = new HashMap<>();
  private final IdentityHashMap<LedgerEntry, Integer> places = new IdentityHashMap<>();
  private final List<Observed> left = new ArrayList<>();

  Pairs(List<LedgerEntry> entries, List<Observed> observed) {
    List<LedgerEntry> inOrder =
        entries.stream().sorted(Comparator.comparingLong(LedgerEntry::order)).toList();
    for (LedgerEntry entry : inOrder) {
      List<LedgerEntry> same = byTuple.computeIfAbsent(entry.tuple(), tuple -> new ArrayList<>());
      places.put(entry, same.size());
      same.add(entry);
    }
    Map<Tuple, Deque<Observed>> exact = queues(observed, false);
    inOrder.stream().filter(LedgerEntry::isLocalKnown).forEach(entry -> take(exact, entry, false));
    List<Observed> rest = exact.values().stream().flatMap(Deque::stream).toList();
    Map<Tuple, Deque<Observed>> loose = queues(rest, true);
    inOrder.stream()
        .filter(entry -> !entry.isLocalKnown())
        .forEach(entry -> take(loose, entry, true));
    List<Observed> unpaired = loose.values().stream().flatMap(Deque::stream).toList();
    Map<Tuple, Deque<Observed>> nameless =
        queues(unpaired.stream().filter(Pairs::isNameless).toList(), true);
    inOrder.stream()
        .filter(entry -> !byEntry.containsKey(entry))
        .forEach(entry -> take(nameless, entry, true));
    unpaired.stream().filter(one -> !isNameless(one)).forEach(left::add);
    nameless.values().forEach(left::addAll);
  }

  /** Returns whether only the beginning was seen, when the local port had not yet been chosen. */
  private static boolean isNameless(Observed one) {
    return one.number("network.local.port") < 0;
  }

  private static Map<Tuple, Deque<Observed>> queues(List<Observed> observed, boolean loose) {
    Map<Tuple, Deque<Observed>> queues = new HashMap<>();
    observed.stream()
        .sorted(Comparator.comparingLong(Observed::start))
        .forEach(
            one ->
                queues
                    .computeIfAbsent(key(one.tuple(), loose), key -> new ArrayDeque<>())
                    .add(one));
    return queues;
  }

  private void take(Map<Tuple, Deque<Observed>> queues, LedgerEntry entry, boolean loose) {
    Deque<Observed> queue = queues.get(key(entry.tuple(), loose));
    Observed one = queue == null ? null : queue.poll();
    if (one != null) {
      byEntry.put(entry, one);
    }
  }

  private static Tuple key(Tuple tuple, boolean loose) {
    return loose ? tuple.withoutLocal() : tuple;
  }

  @Nullable Observed of(LedgerEntry entry) {
    return byEntry.get(entry);
  }

  /** Returns the entry of the other side of the connection. */
  @Nullable LedgerEntry partner(LedgerEntry entry) {
    List<LedgerEntry> others = byTuple.get(entry.partnersTuple());
    Integer place = places.get(entry);
    return others == null || place == null || place >= others.size() ? null : others.get(place);
  }

  /** Returns the observed sides without an entry. */
  List<Observed> left() {
    return left;
  }
}
