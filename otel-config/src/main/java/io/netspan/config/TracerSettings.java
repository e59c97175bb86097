package io.netspan.config;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * How connections are watched.
 *
 * @param ringBytes size of the ring between kernel and agent: a power of two, at least a page
 * @param mostConnections open connections tracked at most; empty for as many as the memory allows,
 *     but no more than {@link #MOST_CONNECTIONS_BY_DEFAULT}
 * @param includeSelf whether the agent's own connections are reported too
 * @param snapshotInterval how often open connections are scanned; zero only at the start
 * @param pollInterval how often open sockets are scanned without the kernel programs
 */
public record TracerSettings(
    TracerChoice choice,
    long ringBytes,
    OptionalInt mostConnections,
    boolean includeSelf,
    Duration snapshotInterval,
    Duration pollInterval) {

  public static final int MOST_CONNECTIONS_BY_DEFAULT = 1_000_000;

  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
  private static final long SMALLEST_RING = 4096;
  private static final long LARGEST_RING = 1L << 30;

  public static final Form<TracerChoice> CHOICE = Form.oneOf(TracerChoice.class);

  public static final Form<Long> RING_SIZE =
      Form.of(
          ByteSize::parse,
          bytes -> Long.bitCount(bytes) == 1 && bytes >= SMALLEST_RING && bytes <= LARGEST_RING,
          "write a power of two from 4K to 1G, such as 8M");

  public static final Form<Integer> MAX_CONNECTIONS =
      Form.number(1, "write how many connections to track, 1 or more");

  public static final Form<Duration> SNAPSHOT_INTERVAL =
      Form.of(
          TimeSpan::parse,
          interval -> interval.isZero() || interval.compareTo(SHORTEST_INTERVAL) >= 0,
          "write 100ms or more, or 0 for none");

  public static final Form<Duration> POLL_INTERVAL =
      Form.of(
          TimeSpan::parse,
          interval -> interval.compareTo(SHORTEST_INTERVAL) >= 0,
          "write 100ms or more");

  public static final TracerSettings DEFAULTS =
      new TracerSettings(
          TracerChoice.AUTO,
          8 << 20,
          OptionalInt.empty(),
          /* includeSelf= */ false,
          Duration.ofSeconds(10),
          Duration.ofSeconds(1));

  /**
   * @throws ConfigException with the first problem
   */
  public TracerSettings {
    RING_SIZE.require("ring size", ringBytes);
    mostConnections.ifPresent(most -> MAX_CONNECTIONS.require("max connections", most));
    SNAPSHOT_INTERVAL.require("snapshot interval", snapshotInterval);
    POLL_INTERVAL.require("poll interval", pollInterval);
  }
}
