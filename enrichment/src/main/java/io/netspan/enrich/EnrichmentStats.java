package io.netspan.enrich;

import java.util.List;

/**
 * How often identities came from each source, since the start. Each call of a {@link
 * ProcessEnricher} counts once.
 *
 * @param counts one per pair that occurred
 * @param cached how many processes are remembered now, roughly
 */
public record EnrichmentStats(List<Count> counts, long cached) {

  public EnrichmentStats {
    counts = List.copyOf(counts);
  }

  public long count(Source source, Outcome outcome) {
    return counts.stream()
        .filter(count -> count.source() == source && count.outcome() == outcome)
        .mapToLong(Count::value)
        .sum();
  }

  public record Count(Source source, Outcome outcome, long value) {}

  public enum Source {
    KERNEL,
    CACHE,
    PROC
  }

  public enum Outcome {
    /** Everything that was asked for is known. */
    COMPLETE,
    /** Some files could not be read: a permission that is missing, a process about to end. */
    PARTIAL,
    /** The process had ended. */
    GONE,
    /** The pid belongs to a younger process, or was given away while it was being read. */
    REUSED,
    /** The process has executed another program since the facts were recorded. */
    REPLACED,
    /** {@code /proc} could not be read or made no sense. */
    FAILED
  }
}
