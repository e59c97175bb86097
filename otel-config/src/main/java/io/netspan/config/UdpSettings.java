package io.netspan.config;

import java.time.Duration;
import java.util.List;

/**
 * What is done about UDP, checked.
 *
 * @param idleTimeout a flow has ended when there was no datagram for so long
 */
public record UdpSettings(UdpMode mode, Duration idleTimeout) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofHours(24);

  /**
   * @throws ConfigException with the problem
   */
  public UdpSettings {
    if (idleTimeout.compareTo(SHORTEST) < 0 || idleTimeout.compareTo(LONGEST) > 0) {
      throw new ConfigException(
          List.of(
              "the UDP idle timeout is "
                  + idleTimeout.toMillis()
                  + " ms: write 1s to 24h, such as 60s"));
    }
  }
}
