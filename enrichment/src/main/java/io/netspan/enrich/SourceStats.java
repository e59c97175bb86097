package io.netspan.enrich;

import java.util.HashMap;
import java.util.Map;

/**
 * What a {@link Contributor} counts about one of its own sources, since the start.
 *
 * @param source a lower-case word, such as {@code docker}
 * @param caches by what they hold, such as {@code containers}
 * @param problems by reason, those that occurred
 */
public record SourceStats(String source, Map<String, Cache> caches, Map<String, Long> problems) {

  public SourceStats {
    caches = Map.copyOf(caches);
    problems = Map.copyOf(problems);
  }

  /** The sums with another one of the same source. */
  SourceStats plus(SourceStats other) {
    Map<String, Cache> allCaches = new HashMap<>(caches);
    other.caches.forEach((name, cache) -> allCaches.merge(name, cache, Cache::plus));
    Map<String, Long> allProblems = new HashMap<>(problems);
    other.problems.forEach((reason, count) -> allProblems.merge(reason, count, Long::sum));
    return new SourceStats(source, allCaches, allProblems);
  }

  /**
   * The statistics of a cache.
   *
   * @param hits how often the answer was there
   * @param misses how often it was not
   * @param evictions entries that were removed because of their age or of all entries' size
   * @param entries now, roughly
   */
  public record Cache(long hits, long misses, long evictions, long entries) {
    private Cache plus(Cache other) {
      return new Cache(
          hits + other.hits,
          misses + other.misses,
          evictions + other.evictions,
          entries + other.entries);
    }
  }
}
