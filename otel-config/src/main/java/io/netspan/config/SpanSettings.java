package io.netspan.config;

import java.time.Duration;
import java.util.List;

/**
 * Which spans there are, besides those of the sampler.
 *
 * @param activeTimeout how often a connection that stays open gives a span; zero only at its end
 * @param keep which spans are exported whatever the sampler says
 * @param correlationPeers where the other end of a connection may have a span of its own
 */
public record SpanSettings(
    Duration activeTimeout, List<KeepRule> keep, List<AddressRange> correlationPeers) {

  /** A connection is not cut in its first 10 s, so a shorter one would make no difference. */
  public static final Form<Duration> ACTIVE_TIMEOUT =
      Form.timeout("write 10s to 24h, or 0 for spans at the end only");

  public static final SpanSettings DEFAULTS =
      new SpanSettings(Duration.ofMinutes(1), List.of(), AddressRange.LOCAL_AND_PRIVATE);

  /**
   * @throws ConfigException with the problem
   */
  public SpanSettings {
    ACTIVE_TIMEOUT.require("active timeout", activeTimeout);
    keep = List.copyOf(keep);
    correlationPeers = List.copyOf(correlationPeers);
  }
}
