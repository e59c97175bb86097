package io.netspan.receiver.agent;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.enrich.Contributors;
import io.netspan.enrich.EnrichmentStats;
import io.netspan.enrich.ProcessEnricher;
import io.netspan.enrich.SourceStats;
import io.netspan.receiver.source.Losses;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.SpanSink;
import io.netspan.receiver.wire.DecodeCounters;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.workload.Services;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.DoubleSupplier;

/** The agent's metrics about itself, observed when a metric reader collects. */
final class AgentMetrics {
  private static final AttributeKey<String> TYPE = stringKey("type");
  private static final AttributeKey<String> STAGE = stringKey("stage");
  private static final AttributeKey<String> REASON = stringKey("reason");
  private static final AttributeKey<String> SOURCE = stringKey("source");
  private static final AttributeKey<String> OUTCOME = stringKey("outcome");
  private static final AttributeKey<String> CACHE = stringKey("cache");

  private AgentMetrics() {}

  /**
   * Registers the metrics.
   *
   * @param ringUsage how full the ring is, 0 to 1
   */
  static void register(
      Meter meter,
      Losses losses,
      DecodeCounters decoded,
      ConnectionTracker tracker,
      SpanSink spans,
      DoubleSupplier ringUsage,
      ProcessEnricher enricher,
      Contributors contributors,
      Services services) {
    ofSources(meter, contributors);
    meter
        .counterBuilder("netspan.agent.events")
        .setUnit("{event}")
        .setDescription("Kernel events decoded.")
        .buildWithCallback(
            to -> {
              for (EventType type : EventType.values()) {
                if (type != EventType.UNKNOWN) {
                  to.record(decoded.decodedOf(type), Attributes.of(TYPE, type.value()));
                }
              }
            });
    meter
        .counterBuilder("netspan.agent.lost")
        .setUnit("{event}")
        .setDescription("What did not get through, by stage and reason.")
        .buildWithCallback(
            to ->
                losses
                    .all()
                    .forEach(
                        loss ->
                            to.record(
                                loss.count(),
                                Attributes.of(STAGE, loss.stage(), REASON, loss.reason()))));
    meter
        .counterBuilder("netspan.agent.unsampled")
        .setUnit("{span}")
        .setDescription("Spans that the sampler left out.")
        .buildWithCallback(to -> to.record(spans.leftOut()));
    meter
        .gaugeBuilder("netspan.agent.ring.usage")
        .setUnit("1")
        .setDescription("Share of the ring that waits to be read.")
        .buildWithCallback(to -> to.record(ringUsage.getAsDouble()));
    meter
        .upDownCounterBuilder("netspan.agent.tracked")
        .setUnit("{connection}")
        .setDescription("Open connections in the tracker.")
        .buildWithCallback(to -> to.record(tracker.tracked()));
    meter
        .upDownCounterBuilder("netspan.agent.services")
        .setUnit("{service}")
        .setDescription("Services that metrics are attributed to.")
        .buildWithCallback(to -> to.record(services.size()));
    meter
        .counterBuilder("netspan.agent.services.overflows")
        .setUnit("{process}")
        .setDescription("Processes whose metrics are under otel.overflow: too many services.")
        .buildWithCallback(to -> to.record(services.overflows()));
    meter
        .counterBuilder("netspan.agent.enrichment")
        .setUnit("{process}")
        .setDescription("Processes identified, by source and outcome.")
        .buildWithCallback(
            to -> {
              for (EnrichmentStats.Count count : enricher.stats().counts()) {
                to.record(
                    count.value(),
                    Attributes.of(SOURCE, lower(count.source()), OUTCOME, lower(count.outcome())));
              }
              for (Contributors.Failures failures : contributors.failures()) {
                to.record(
                    failures.count(),
                    Attributes.of(
                        SOURCE,
                        failures.contributor(),
                        OUTCOME,
                        lower(EnrichmentStats.Outcome.FAILED)));
              }
            });
  }

  private static void ofSources(Meter meter, Contributors contributors) {
    meter
        .counterBuilder("netspan.agent.cache.requests")
        .setUnit("{request}")
        .setDescription("How often something was in a cache, and how often not.")
        .buildWithCallback(
            to ->
                forEachCache(
                    contributors,
                    (cache, of) -> {
                      to.record(cache.hits(), of.toBuilder().put(OUTCOME, "hit").build());
                      to.record(cache.misses(), of.toBuilder().put(OUTCOME, "miss").build());
                    }));
    meter
        .counterBuilder("netspan.agent.cache.evictions")
        .setUnit("{entry}")
        .setDescription("Entries removed from a cache because of their age or its size.")
        .buildWithCallback(
            to -> forEachCache(contributors, (cache, of) -> to.record(cache.evictions(), of)));
    meter
        .upDownCounterBuilder("netspan.agent.cache.entries")
        .setUnit("{entry}")
        .setDescription("Entries of a cache.")
        .buildWithCallback(
            to -> forEachCache(contributors, (cache, of) -> to.record(cache.entries(), of)));
    meter
        .counterBuilder("netspan.agent.source.problems")
        .setUnit("{problem}")
        .setDescription("How often a source of names did not answer, by reason.")
        .buildWithCallback(
            to ->
                contributors
                    .stats()
                    .forEach(
                        stats ->
                            stats
                                .problems()
                                .forEach(
                                    (reason, count) ->
                                        to.record(
                                            count,
                                            Attributes.of(
                                                SOURCE, stats.source(), REASON, reason)))));
  }

  private static void forEachCache(
      Contributors contributors, BiConsumer<SourceStats.Cache, Attributes> action) {
    for (SourceStats stats : contributors.stats()) {
      stats
          .caches()
          .forEach(
              (name, cache) ->
                  action.accept(cache, Attributes.of(SOURCE, stats.source(), CACHE, name)));
    }
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
