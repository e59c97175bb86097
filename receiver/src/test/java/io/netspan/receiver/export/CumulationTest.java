package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.Base2ExponentialHistogramOptions;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricExporter;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Deltas of a real SDK, added up. */
final class CumulationTest {
  private static final AttributeKey<String> NAME = AttributeKey.stringKey("name");
  private static final Attributes A = Attributes.of(NAME, "a");
  private static final Attributes B = Attributes.of(NAME, "b");
  private static final Duration IDLE = Duration.ofMinutes(15);
  private static final int MOST = 5;
  private static final int FEW_BUCKETS = 20;

  private final AtomicLong nowNs = new AtomicLong(1);
  private final InMemoryMetricReader ours = InMemoryMetricReader.create();
  private final InMemoryMetricReader theirs = InMemoryMetricReader.create();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder()
          .registerMetricReader(
              new CumulativeMetricReader(
                  ours,
                  new Cumulation(
                      IDLE,
                      new StreamLimits(
                          MOST,
                          MOST,
                          List.of(
                              new StreamLimits.OfView("few_buckets"::equals, null, FEW_BUCKETS),
                              new StreamLimits.OfView("few_series"::equals, 2, null))),
                      nowNs::get)))
          .registerMetricReader(theirs)
          .registerView(
              InstrumentSelector.builder().setName("exponential").build(),
              View.builder().setAggregation(Aggregation.base2ExponentialBucketHistogram()).build())
          .registerView(
              InstrumentSelector.builder().setName("few_buckets").build(),
              View.builder()
                  .setAggregation(
                      Aggregation.base2ExponentialBucketHistogram(
                          Base2ExponentialHistogramOptions.builder()
                              .setMaxBuckets(FEW_BUCKETS)
                              .build()))
                  .build())
          .build();
  private final Meter meter = meters.get("test");
  private final LongCounter counter = meter.counterBuilder("counter").build();

  @AfterEach
  void stop() {
    meters.close();
  }

  private static Map<String, PointData> points(InMemoryMetricReader reader, String metric) {
    Map<String, PointData> all = new TreeMap<>();
    for (MetricData one : reader.collectAllMetrics()) {
      if (one.getName().equals(metric)) {
        assertThat(MetricParts.temporality(one)).isNotEqualTo(AggregationTemporality.DELTA);
        one.getData()
            .getPoints()
            .forEach(point -> all.put(String.valueOf(point.getAttributes().get(NAME)), point));
      }
    }
    return all;
  }

  /** The point of {@link #A}. */
  private static <P extends PointData> P a(
      InMemoryMetricReader reader, String metric, Class<P> type) {
    return type.cast(Objects.requireNonNull(points(reader, metric).get("a")));
  }

  private Map<String, Long> counts() {
    Map<String, Long> all = new TreeMap<>();
    points(ours, "counter").forEach((name, of) -> all.put(name, ((LongPointData) of).getValue()));
    return all;
  }

  @Test
  void aSeriesBeginsAtZeroAndHasItsValueTheNextTime() {
    counter.add(5, A);
    LongPointData first = a(ours, "counter", LongPointData.class);
    assertThat(first.getValue()).isZero();

    LongPointData second = a(ours, "counter", LongPointData.class);
    assertThat(second.getValue()).isEqualTo(5);
    assertThat(second.getStartEpochNanos()).isEqualTo(first.getStartEpochNanos());
    assertThat(second.getEpochNanos()).isGreaterThan(first.getEpochNanos());

    counter.add(2, A);
    counter.add(3, B);
    assertThat(counts()).containsOnly(Map.entry("a", 7L), Map.entry("b", 0L));
    assertThat(counts()).containsOnly(Map.entry("a", 7L), Map.entry("b", 3L));
  }

  @Test
  void aSeriesEndsWhenNothingIsAddedAndBeginsAnew() {
    counter.add(5, A);
    counter.add(1, B);
    assertThat(counts()).hasSize(2);
    nowNs.addAndGet(IDLE.toNanos());
    counter.add(1, B);
    long start = a(ours, "counter", LongPointData.class).getStartEpochNanos();
    nowNs.addAndGet(1);
    assertThat(counts()).containsOnly(Map.entry("b", 2L));

    counter.add(9, A);
    LongPointData again = a(ours, "counter", LongPointData.class);
    assertThat(again.getValue()).isZero();
    assertThat(again.getStartEpochNanos()).isGreaterThan(start);
    assertThat(counts()).containsOnly(Map.entry("a", 9L), Map.entry("b", 2L));
  }

  @Test
  void aZeroKeepsNoSeries() {
    counter.add(5, A);
    assertThat(counts()).hasSize(1);
    nowNs.addAndGet(IDLE.toNanos() + 1);
    counter.add(0, A);

    assertThat(counts()).isEmpty();
  }

  @Test
  void pastTheLimitNewSetsShareOne() {
    for (int i = 0; i < 2 * MOST; i++) {
      counter.add(1, Attributes.of(NAME, "name" + i));
      points(ours, "counter"); // The SDK's own limit is for one collection.
    }
    assertThat(counts())
        .hasSize(MOST)
        .containsEntry("null", 2L * MOST - (MOST - 1))
        .containsEntry("name0", 1L);
    LongCounter few = meter.counterBuilder("few_series").build();
    few.add(1, A);
    points(ours, "few_series");
    few.add(1, B);
    assertThat(points(ours, "few_series")).containsOnlyKeys("a", "null");
  }

  private DoubleHistogram record(String name) {
    DoubleHistogram histogram = meter.histogramBuilder(name).build();
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 50; i++) {
      for (int k = random.nextInt(20); k >= 0; k--) {
        histogram.record(Math.exp(random.nextDouble() * i - 10), A);
      }
      if (i % 7 == 0) {
        histogram.record(0, A);
      }
      points(ours, name);
    }
    return histogram;
  }

  @Test
  void histogramsWithBoundariesAreAsTheSdkAddsThemUp() {
    record("explicit");
    HistogramPointData our = a(ours, "explicit", HistogramPointData.class);
    HistogramPointData their = a(theirs, "explicit", HistogramPointData.class);

    assertThat(our.getBoundaries()).isEqualTo(their.getBoundaries());
    assertThat(our.getCounts()).isEqualTo(their.getCounts());
    assertThat(our.getCount()).isEqualTo(their.getCount()).isGreaterThan(400);
    assertThat(our.getSum()).isEqualTo(their.getSum(), within(1e-6 * their.getSum()));
    assertThat(our.getMin()).isEqualTo(their.getMin());
    assertThat(our.getMax()).isEqualTo(their.getMax());
  }

  @Test
  void exponentialHistogramsAreAsTheSdkAddsThemUp() {
    assertExponential("exponential", 160);
    assertExponential("few_buckets", FEW_BUCKETS);
  }

  private void assertExponential(String name, int mostBuckets) {
    record(name);
    ExponentialHistogramPointData our = a(ours, name, ExponentialHistogramPointData.class);
    ExponentialHistogramPointData their = a(theirs, name, ExponentialHistogramPointData.class);
    int scale = Math.min(our.getScale(), their.getScale());

    assertThat(our.getPositiveBuckets().getBucketCounts().size())
        .isBetween(mostBuckets / 2 - 1, mostBuckets);
    assertThat(our.getScale()).isBetween(their.getScale() - 1, their.getScale() + 1);
    assertThat(at(scale, our.getPositiveBuckets()))
        .isEqualTo(at(scale, their.getPositiveBuckets()));
    assertThat(our.getZeroCount()).isEqualTo(their.getZeroCount()).isEqualTo(8);
    assertThat(our.getCount()).isEqualTo(their.getCount());
    assertThat(our.getSum()).isEqualTo(their.getSum(), within(1e-6 * their.getSum()));
    assertThat(our.getMin()).isEqualTo(their.getMin());
    assertThat(our.getMax()).isEqualTo(their.getMax());
  }

  private static Map<Integer, Long> at(int scale, ExponentialHistogramBuckets buckets) {
    Map<Integer, Long> all = new TreeMap<>();
    for (int i = 0; i < buckets.getBucketCounts().size(); i++) {
      long count = buckets.getBucketCounts().get(i);
      if (count != 0) {
        all.merge((buckets.getOffset() + i) >> (buckets.getScale() - scale), count, Long::sum);
      }
    }
    return all;
  }

  @Test
  void aHistogramBeginsWithoutValues() {
    meter.histogramBuilder("exponential").build().record(3, A);
    ExponentialHistogramPointData first =
        a(ours, "exponential", ExponentialHistogramPointData.class);
    assertThat(first.getCount()).isZero();
    assertThat(first.hasMin()).isFalse();

    assertThat(a(ours, "exponential", ExponentialHistogramPointData.class).getCount()).isEqualTo(1);
  }

  @Test
  void whatIsNoDeltaPassesUnchanged() {
    meter.upDownCounterBuilder("updown").build().add(3, A);
    meter.gaugeBuilder("gauge").ofLongs().build().set(4, A);
    meter.counterBuilder("observed").buildWithCallback(to -> to.record(5, A));
    for (String name : List.of("updown", "gauge", "observed")) {
      assertThat(a(ours, name, LongPointData.class).getValue())
          .isEqualTo(a(theirs, name, LongPointData.class).getValue())
          .isPositive();
    }
  }

  @Test
  void theEndExportsWhatWasOnlyZero() {
    List<String> exported = new ArrayList<>();
    MetricExporter exporter = new Exported(exported, new AtomicBoolean());
    try (SdkMeterProvider ending =
        SdkMeterProvider.builder()
            .registerMetricReader(
                PeriodicMetricReader.create(
                    CumulativeMetricExporter.of(
                        exporter, new Cumulation(IDLE, StreamLimits.of(MOST), nowNs::get))))
            .build()) {
      LongCounter last = ending.get("test").counterBuilder("counter").build();
      last.add(1, A);
      assertThat(ending.forceFlush().join(10, TimeUnit.SECONDS).isSuccess()).isTrue();
      last.add(3, A);
      last.add(7, B);
    }
    assertThat(exported).containsExactlyInAnyOrder("a 0", "a 4", "b 0", "b 7").endsWith("b 7");
  }

  @Test
  void aZeroThatWasNotExportedIsExportedAgain() {
    List<String> exported = new ArrayList<>();
    AtomicBoolean fails = new AtomicBoolean(true);
    try (SdkMeterProvider failing =
        SdkMeterProvider.builder()
            .registerMetricReader(
                PeriodicMetricReader.create(
                    CumulativeMetricExporter.of(
                        new Exported(exported, fails),
                        new Cumulation(IDLE, StreamLimits.of(MOST), nowNs::get))))
            .build()) {
      failing.get("test").counterBuilder("counter").build().add(1, A);
      failing.get("test").upDownCounterBuilder("updown").build().add(9, B);
      for (int i = 0; i < 3; i++) {
        fails.set(i == 0);
        failing.forceFlush().join(10, TimeUnit.SECONDS);
      }
    }
    assertThat(exported).filteredOn(value -> value.startsWith("a")).startsWith("a 0", "a 0", "a 1");
  }

  /** Remembers the values of counters, whether it says that it fails or not. */
  private record Exported(List<String> values, AtomicBoolean fails) implements MetricExporter {
    @Override
    public CompletableResultCode export(Collection<MetricData> metrics) {
      metrics.stream()
          .flatMap(metric -> metric.getLongSumData().getPoints().stream())
          .forEach(point -> values.add(point.getAttributes().get(NAME) + " " + point.getValue()));
      return fails.get() ? CompletableResultCode.ofFailure() : CompletableResultCode.ofSuccess();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType instrumentType) {
      return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  @Test
  void deltasAreExportedAsTheyAre() {
    InMemoryMetricExporter delta = InMemoryMetricExporter.create(AggregationTemporality.DELTA);

    assertThat(
            CumulativeMetricExporter.of(
                delta, new Cumulation(IDLE, StreamLimits.of(MOST), nowNs::get)))
        .isSameAs(delta);
  }
}
