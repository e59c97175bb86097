package io.netspan.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the agent does. An option of the command line comes before a file, a file before {@link
 * #DEFAULTS}.
 *
 * @param activeTimeout how often a connection that stays open gives a span; zero only at its end
 * @param keep which spans are exported whatever the sampler says
 * @param peers names for other ends whose process is not known
 * @param correlationPeers where the other end of a connection may have a span of its own
 * @param hostRoot where the machine's root is mounted, if this is a container that has it
 * @param seriesIdleTimeout how long a series of metrics is exported in which nothing is counted; 0:
 *     without end
 * @param metricAttributes what metrics have besides their usual attributes
 */
public record AgentSettings(
    OutputSettings output,
    TracerSettings tracer,
    UdpSettings udp,
    Duration activeTimeout,
    List<KeepRule> keep,
    ExportSettings export,
    PeerSettings peers,
    List<AddressRange> correlationPeers,
    Optional<Path> hostRoot,
    Duration seriesIdleTimeout,
    List<MetricAttribute> metricAttributes) {

  public static final Form<Path> HOST_ROOT =
      Form.of(
          Path::of,
          Files::isDirectory,
          "this is not a directory; write where the machine's root is mounted");

  /** A connection is not cut in its first 10 s, so a shorter one would make no difference. */
  private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(10);

  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

  public static final Form<Duration> ACTIVE_TIMEOUT =
      timeout("write 10s to 24h, or 0 for spans at the end only");

  public static final Form<Duration> SERIES_IDLE_TIMEOUT =
      timeout("write 10s to 24h, such as 15m, or 0 for no timeout");

  public static final AgentSettings DEFAULTS =
      new AgentSettings(
          OutputSettings.DEFAULTS,
          TracerSettings.DEFAULTS,
          UdpSettings.DEFAULTS,
          Duration.ofMinutes(1),
          List.of(),
          ExportSettings.DEFAULTS,
          PeerSettings.DEFAULTS,
          AddressRange.LOCAL_AND_PRIVATE,
          Optional.empty(),
          Duration.ofMinutes(15),
          List.of());

  /**
   * @throws ConfigException with the first problem
   */
  public AgentSettings {
    ACTIVE_TIMEOUT.require("active timeout", activeTimeout);
    if (tracer.snapshotInterval().isZero() && !activeTimeout.isZero()) {
      throw new ConfigException(
          List.of(
              "--snapshot-interval is 0 and --active-timeout is "
                  + TimeSpan.written(activeTimeout)
                  + ": spans of open connections need scans; write --active-timeout 0, or an"
                  + " interval"));
    }
    keep = List.copyOf(keep);
    correlationPeers = List.copyOf(correlationPeers);
    metricAttributes = List.copyOf(metricAttributes);
    SERIES_IDLE_TIMEOUT.require("series idle timeout", seriesIdleTimeout);
  }

  private static Form<Duration> timeout(String remedy) {
    return Form.of(
        TimeSpan::parse,
        timeout ->
            timeout.isZero()
                || (timeout.compareTo(SHORTEST_TIMEOUT) >= 0
                    && timeout.compareTo(LONGEST_TIMEOUT) <= 0),
        remedy);
  }

  /** What the user should know, a sentence each. */
  public List<String> warnings() {
    return udp.mode() != UdpMode.OFF && tracer.choice() == TracerChoice.POLL
        ? List.of(
            "--udp "
                + Form.written(udp.mode())
                + " has no effect with --tracer poll: UDP flows are counted by the kernel programs"
                + " only")
        : List.of();
  }
}
