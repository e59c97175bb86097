package io.netspan.receiver;

import java.util.concurrent.TimeUnit;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What was noted in the last hour, by a hash; a bit more is kept, at most twice the given number.
 * Bounded by two generations: when the young one is full or an hour old, it becomes the old one.
 * Belongs to one thread.
 */
public final class Recent<V> {
  public static final long WITHIN_NS = TimeUnit.HOURS.toNanos(1);

  private final int most;
  private Long2ObjectHashMap<V> young = new Long2ObjectHashMap<>();
  private Long2ObjectHashMap<V> old = new Long2ObjectHashMap<>();
  private long beganNs = Long.MIN_VALUE;

  public Recent(int most) {
    this.most = most;
  }

  /** What was noted last under this hash, if it has not been forgotten. */
  public @Nullable V get(long hash) {
    V known = young.get(hash);
    return known != null ? known : old.get(hash);
  }

  /** What was noted since the last generation began; it may be changed in place. */
  public @Nullable V young(long hash) {
    return young.get(hash);
  }

  /**
   * Notes a value.
   *
   * @param nowNs CLOCK_BOOTTIME
   */
  public void put(long hash, V value, long nowNs) {
    if (young.size() >= most || nowNs > beganNs + WITHIN_NS) {
      old = young;
      young = new Long2ObjectHashMap<>();
      beganNs = nowNs;
    }
    young.put(hash, value);
  }
}
