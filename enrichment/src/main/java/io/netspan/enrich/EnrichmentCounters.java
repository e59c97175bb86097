package io.netspan.enrich;

import io.netspan.enrich.EnrichmentStats.Count;
import io.netspan.enrich.EnrichmentStats.Outcome;
import io.netspan.enrich.EnrichmentStats.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Counts from any thread. */
final class EnrichmentCounters {
  private final LongAdder[][] counters =
      new LongAdder[Source.values().length][Outcome.values().length];

  EnrichmentCounters() {
    for (LongAdder[] ofSource : counters) {
      for (int i = 0; i < ofSource.length; i++) {
        ofSource[i] = new LongAdder();
      }
    }
  }

  @SuppressWarnings("EnumOrdinal") // an index into an array that lives no longer than the enum
  void count(Source source, Outcome outcome) {
    counters[source.ordinal()][outcome.ordinal()].increment();
  }

  @SuppressWarnings("EnumOrdinal") // as above
  EnrichmentStats stats(long cached) {
    List<Count> counts = new ArrayList<>();
    for (Source source : Source.values()) {
      for (Outcome outcome : Outcome.values()) {
        long value = counters[source.ordinal()][outcome.ordinal()].sum();
        if (value > 0) {
          counts.add(new Count(source, outcome, value));
        }
      }
    }
    return new EnrichmentStats(counts, cached);
  }
}
