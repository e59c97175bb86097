package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.telemetry.MetricResources;
import io.netspan.receiver.telemetry.PendingCounter;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.telemetry.Series;
import io.netspan.receiver.telemetry.SeriesExpiry;
import io.netspan.receiver.telemetry.SeriesTable;
import io.netspan.receiver.workload.Service;
import io.netspan.receiver.workload.Services;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Series of a machine on which nothing runs twice, from the table to the exporter. */
final class ManySeriesTest {
  private static final int MANY = 1_000_000;
  private static final int PER_COLLECTION = 10_000;
  private static final int CARDINALITY_LIMIT = 16_001;
  private static final Duration IDLE = Duration.ofMinutes(15);
  private static final long MINUTE_NS = Duration.ofMinutes(1).toNanos();

  /** A million series would take a gigabyte. */
  private static final long MEMORY = 96L << 20;

  /** Held, because loggers are collected. */
  private static final Logger SDK = Logger.getLogger("io.opentelemetry.sdk.metrics");

  private final AtomicLong nowNs = new AtomicLong(1);
  private final SeriesExpiry expiry = new SeriesExpiry(IDLE, nowNs::get);
  private final Resources resources =
      new Resources(Attributes.empty(), new MetricResources(), expiry);
  private final Services services = new Services();
  private final InMemoryMetricReader cumulative = InMemoryMetricReader.create();
  private final InMemoryMetricReader delta = InMemoryMetricReader.createDelta();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder()
          .registerMetricReader(
              new CumulativeMetricReader(
                  cumulative, new Cumulation(IDLE, StreamLimits.of(CARDINALITY_LIMIT), nowNs::get)),
              _ -> CARDINALITY_LIMIT)
          .registerMetricReader(delta, _ -> CARDINALITY_LIMIT)
          .registerView(
              InstrumentSelector.builder().setType(InstrumentType.HISTOGRAM).build(),
              View.builder().setAggregation(Aggregation.base2ExponentialBucketHistogram()).build())
          .build();
  private final LongCounter counter = meters.get("test").counterBuilder("count").build();
  private final DoubleHistogram histogram = meters.get("test").histogramBuilder("time").build();
  private final SeriesTable<Count> table =
      new SeriesTable<>(
          meters.get("test"),
          "test",
          resources.metrics(),
          (detail, to) -> to.put("server.port", (long) detail),
          Count::new);
  private long counted;

  private final class Count extends Series {
    final PendingCounter pending = new PendingCounter();

    Count(Id id) {
      super(id);
    }

    @Override
    protected boolean report(boolean first) {
      return add(counter, pending, attributes(), first);
    }
  }

  @BeforeEach
  void silenceTheSdk() {
    SDK.setLevel(Level.OFF); // It warns of overflows.
  }

  @AfterEach
  void stop() {
    meters.close();
    SDK.setLevel(null);
  }

  private Service service(String name) {
    return services.intern(new Service.Key(name, null, Map.of()));
  }

  private void count(int i) {
    Count of = table.of(service("service-" + i), service("peer-" + i), i);
    of.pending.increment();
    histogram.record(i, of.attributes());
  }

  private void collect() {
    expiry.check();
    points(cumulative.collectAllMetrics());
    Collection<MetricData> deltas = delta.collectAllMetrics();
    points(deltas);
    counted +=
        deltas.stream()
            .filter(metric -> metric.getName().equals("count"))
            .flatMap(metric -> metric.getLongSumData().getPoints().stream())
            .mapToLong(point -> point.getValue())
            .sum();
    nowNs.addAndGet(MINUTE_NS);
  }

  private static void points(Collection<MetricData> metrics) {
    metrics.forEach(
        metric ->
            assertThat(metric.getData().getPoints().size()).isLessThanOrEqualTo(CARDINALITY_LIMIT));
  }

  private static long usedBytes() {
    System.gc();
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void aMillionServicesPeersAndPortsTakeBoundedMemoryAndLoseNoCount() {
    count(0);
    collect();
    long before = usedBytes();
    for (int i = 1; i < MANY; i++) {
      count(i);
      if (i % PER_COLLECTION == 0) {
        collect();
      }
    }
    collect();
    long more = usedBytes() - before;

    assertThat(counted).isEqualTo(MANY);
    assertThat(more).isLessThan(MEMORY);
    for (int minutes = 0; minutes < 20; minutes++) {
      collect();
    }
    assertThat(cumulative.collectAllMetrics())
        .extracting(MetricData::getName)
        .containsExactlyInAnyOrder("netspan.agent.series", "netspan.agent.series.overflows");
  }
}
