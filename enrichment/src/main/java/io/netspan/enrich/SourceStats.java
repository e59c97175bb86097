package io.netspan.enrich;

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

  /**
   * The statistics of a cache.
   *
   * @param hits how often the answer was there
   * @param misses how often it was not
   * @param evictions entries that were removed because of their age or of all entries' size
   * @param entries now, roughly
   */
  public record Cache(long hits, long misses, long evictions, long entries) {}
}
