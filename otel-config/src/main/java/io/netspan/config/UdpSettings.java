package io.netspan.config;

import java.time.Duration;

/**
 * What is done about UDP.
 *
 * @param idleTimeout a flow has ended when there was no datagram for this long
 */
public record UdpSettings(UdpMode mode, Duration idleTimeout) {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofHours(24);

  public static final Form<UdpMode> MODE = Form.oneOf(UdpMode.class);
  public static final Form<Duration> IDLE_TIMEOUT =
      Form.of(
          TimeSpan::parse,
          timeout -> timeout.compareTo(SHORTEST) >= 0 && timeout.compareTo(LONGEST) <= 0,
          "write 1s to 24h, such as 1m");

  public static final UdpSettings DEFAULTS = new UdpSettings(UdpMode.OFF, Duration.ofSeconds(60));

  /**
   * @throws ConfigException with the problem
   */
  public UdpSettings {
    IDLE_TIMEOUT.require("udp idle timeout", idleTimeout);
  }
}
