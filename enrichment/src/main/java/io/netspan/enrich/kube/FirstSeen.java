package io.netspan.enrich.kube;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;

/**
 * Remembers since when something is asked for that is not known, so nothing waits for it for long.
 */
final class FirstSeen {
  private static final int MOST = 4_096;
  private static final Duration KEEP = Duration.ofMinutes(10);
  private static final Duration NEW = Duration.ofSeconds(10);

  private final Cache<String, Long> sinceNs =
      Caffeine.newBuilder()
          .maximumSize(MOST)
          .expireAfterWrite(KEEP)
          .executor(Runnable::run)
          .build();

  /** Whether this was asked for a moment ago for the first time. */
  boolean isNew(String what) {
    long now = System.nanoTime();
    return now - sinceNs.get(what, _ -> now) < NEW.toNanos();
  }
}
