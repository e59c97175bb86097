package io.netspan.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the agent does, checked.
 *
 * @param linesPerSecond connections printed a second at most; 0 for all
 * @param ringBytes size of the ring between kernel and agent: a power of two, at least a page
 * @param mostConnections open connections tracked at most; empty: as many as the memory allows
 * @param includeSelf whether the agent's own connections are reported too
 * @param tracer how connections are watched
 * @param snapshotInterval how often open connections are looked at; zero: only at the start
 * @param pollInterval how often that is done where connections are polled
 * @param udp whether UDP flows are counted, and how
 * @param correlationPeers where the other end of a connection may have a span of its own
 * @param hostRoot where the machine's root is mounted, if this is a container that has it
 */
public record AgentSettings(
    OutputFormat format,
    int linesPerSecond,
    long ringBytes,
    OptionalInt mostConnections,
    boolean includeSelf,
    TracerChoice tracer,
    Duration snapshotInterval,
    Duration pollInterval,
    UdpSettings udp,
    List<AddressRange> correlationPeers,
    Optional<Path> hostRoot) {

  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(100);
  private static final long SMALLEST_RING = 4096;
  private static final long LARGEST_RING = 1L << 30;

  /**
   * @throws ConfigException with all problems at once
   */
  public AgentSettings {
    correlationPeers = List.copyOf(correlationPeers);
    List<String> problems = new ArrayList<>();
    if (linesPerSecond < 0) {
      problems.add("lines per second is " + linesPerSecond + ": write 0 for all, or more");
    }
    if (Long.bitCount(ringBytes) != 1 || ringBytes < SMALLEST_RING || ringBytes > LARGEST_RING) {
      problems.add(
          "the ring's size is " + ringBytes + ": write a power of two from 4K to 1G, such as 8M");
    }
    mostConnections.ifPresent(
        most -> {
          if (most < 1) {
            problems.add("the most connections tracked are " + most + ": write 1 or more");
          }
        });
    if (!snapshotInterval.isZero() && snapshotInterval.compareTo(SHORTEST_INTERVAL) < 0) {
      problems.add(
          "the snapshot interval is "
              + snapshotInterval.toMillis()
              + "ms: write 100ms or more, or 0 for none");
    }
    if (pollInterval.compareTo(SHORTEST_INTERVAL) < 0) {
      problems.add("the poll interval is " + pollInterval.toMillis() + "ms: write 100ms or more");
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
  }
}
