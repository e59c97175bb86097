package io.netspan.receiver.cli;

import io.netspan.config.AddressRange;
import io.netspan.config.ExportSettings;
import io.netspan.config.KeepRule;
import io.netspan.config.MetricAttribute;
import io.netspan.config.SpanSettings;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options about spans and metrics. */
final class SpanOptions {
  @Option(
      names = "--active-timeout",
      paramLabel = "DURATION",
      description =
          "Export a span this often for a connection that stays open and is used; 0 exports one at its end only (default: ${bundle:default.active-timeout}).")
  private @Nullable String activeTimeout;

  @Option(
      names = "--keep",
      paramLabel = "RULES",
      split = ",",
      description =
          "Export the spans of both ends whatever the sampler says: failed, slower=200ms (the handshake), longer=1h (the connection), service=NAME (default: ${bundle:default.keep}).")
  private List<String> keep = List.of();

  @Option(
      names = "--correlation-peers",
      paramLabel = "RANGES",
      split = ",",
      description =
          "Addresses of machines that may run netspan, too: a server's span has the client's span as its parent only if the client has one of them (default: ${bundle:default.correlation-peers}).")
  private List<String> correlationPeers = List.of();

  @Option(
      names = "--series-idle-timeout",
      paramLabel = "DURATION",
      description =
          "A series of metrics is no longer exported after this long without anything to count; 0 for no timeout (default: ${bundle:default.series-idle-timeout}).")
  private @Nullable String seriesIdleTimeout;

  @Option(
      names = "--metric-attributes",
      paramLabel = "METRIC=ATTRIBUTE",
      split = ",",
      description =
          "Give metrics more attributes, such as%nnetspan.connections=server.address or%nnetspan.connection.*=container.id (default: ${bundle:default.metric-attributes}).")
  private List<String> metricAttributes = List.of();

  SpanSettings settings(SpanSettings below, Overrides given) {
    return new SpanSettings(
        given.of(
            "--active-timeout", activeTimeout, SpanSettings.ACTIVE_TIMEOUT, below.activeTimeout()),
        given.all("--keep", keep, KeepRule.FORM, below.keep()),
        given.all(
            "--correlation-peers", correlationPeers, AddressRange.FORM, below.correlationPeers()));
  }

  ExportSettings settings(ExportSettings below, MemoryOptions memory, Overrides given) {
    return new ExportSettings(
        memory.exportBacklog(below, given),
        given.of(
            "--series-idle-timeout",
            seriesIdleTimeout,
            ExportSettings.SERIES_IDLE_TIMEOUT,
            below.seriesIdleTimeout()),
        given
            .all(
                "--metric-attributes",
                metricAttributes,
                MetricAttribute.FORM,
                List.of(below.metricAttributes()))
            .stream()
            .flatMap(List::stream)
            .toList());
  }
}
