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
 * @param correlationPeers where the other end of a connection may have a span of its own
 * @param hostRoot where the machine's root is mounted, if this is a container that has it
 * @param seriesIdleTimeout how long a series of metrics is exported in which nothing is counted; 0:
 *     without end
 */
public record AgentSettings(
    OutputSettings output,
    TracerSettings tracer,
    UdpSettings udp,
    List<AddressRange> correlationPeers,
    Optional<Path> hostRoot,
    Duration seriesIdleTimeout) {

  public static final Form<Path> HOST_ROOT =
      Form.of(
          Path::of,
          Files::isDirectory,
          "there is no such directory; write where the machine's root is mounted");

  private static final Duration SHORTEST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofHours(24);

  public static final Form<Duration> SERIES_IDLE_TIMEOUT =
      Form.of(
          TimeSpan::parse,
          timeout ->
              timeout.isZero()
                  || (timeout.compareTo(SHORTEST) >= 0 && timeout.compareTo(LONGEST) <= 0),
          "write 10s to 24h, such as 15m, or 0 for no timeout");

  public static final AgentSettings DEFAULTS =
      new AgentSettings(
          OutputSettings.DEFAULTS,
          TracerSettings.DEFAULTS,
          UdpSettings.DEFAULTS,
          AddressRange.LOCAL_AND_PRIVATE,
          Optional.empty(),
          Duration.ofMinutes(15));

  public AgentSettings {
    correlationPeers = List.copyOf(correlationPeers);
    SERIES_IDLE_TIMEOUT.require("series idle timeout", seriesIdleTimeout);
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
