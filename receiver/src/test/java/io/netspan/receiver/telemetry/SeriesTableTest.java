package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ServiceName;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.NumberedServices;
import io.netspan.receiver.workload.Service;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SeriesTableTest {
  private static final int MORE_THAN_THERE_IS_ROOM = 2_503;

  private static final long IDLE_NS = TimeUnit.MINUTES.toNanos(15);
  private static final long STEP_NS = TimeUnit.SECONDS.toNanos(11);

  private final AtomicLong nowNs = new AtomicLong(1);
  private final SeriesExpiry expiry = new SeriesExpiry(Duration.ofNanos(IDLE_NS), nowNs::get);
  private final NumberedServices services = new NumberedServices(expiry);
  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder().registerMetricReader(reader).build();
  private final LongCounter counter = meters.get("test").counterBuilder("count").build();
  private final List<Count> made = new ArrayList<>();
  private final SeriesTable<Count> table =
      new SeriesTable<>(
          meters.get("test"),
          "test",
          services.resources(),
          (detail, to) -> to.put("detail", (long) detail),
          id -> {
            Count created = new Count(id);
            made.add(created);
            return created;
          });
  private int comparisons;

  /** A series that counts comparisons, and so notices a search for it in a list. */
  private final class Count extends Series {
    final PendingCounter pending = new PendingCounter();
    final SingleWriterCounter total = new SingleWriterCounter();
    boolean open;

    Count(Id id) {
      super(id);
    }

    void add(int times) {
      pending.add(times);
      total.add(times);
    }

    @Override
    protected boolean report(boolean first) {
      return add(counter, pending, attributes(), first);
    }

    @Override
    protected boolean isInUse() {
      return open;
    }

    @Override
    @SuppressWarnings("EqualsHashCode")
    public boolean equals(Object other) {
      comparisons++;
      return this == other;
    }

    @Override
    public int hashCode() {
      comparisons++;
      return 0;
    }

    @Override
    public String toString() {
      Map<String, Object> all = new TreeMap<>();
      attributes().forEach((key, value) -> all.put(key.getKey(), value));
      all.remove("service.instance.id"); // derived from the other attributes
      return all + " " + total.get();
    }
  }

  @AfterEach
  void stop() {
    meters.close();
  }

  private Service service(String name) {
    return services.of(new ServiceName(name, ServiceName.Source.EXECUTABLE));
  }

  private void count(String service, int detail, int times) {
    table.of(service(service), detail).add(times);
  }

  private List<String> observed() {
    List<String> all = new ArrayList<>();
    table.forEach(one -> all.add(one.toString()));
    return all;
  }

  @Test
  void aSeriesIsOfOneServiceAndDetail() {
    count("curl", 80, 1);
    count("curl", 443, 2);
    count("nginx", 80, 3);
    count("curl", 80, 4);

    assertThat(observed())
        .containsExactly(
            "{detail=80, service.name=curl} 5",
            "{detail=443, service.name=curl} 2",
            "{detail=80, service.name=nginx} 3");
  }

  @Test
  void anyIntegerIsADetail() {
    for (int detail : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      count("curl", detail, 1);
      count("nginx", detail, 1);
    }

    assertThat(observed()).hasSize(8).allMatch(text -> text.endsWith(" 1"));
  }

  @Test
  void newSeriesOverTheLimitShareTheOverflowSeries() {
    for (int detail = 0; detail < MORE_THAN_THERE_IS_ROOM; detail++) {
      count("curl", detail, 1);
    }
    count("curl", 7, 1);

    assertThat(observed())
        .hasSize(SeriesTable.MOST + 1)
        .contains("{detail=7, service.name=curl} 2")
        .contains("{otel.metric.overflow=true} " + (MORE_THAN_THERE_IS_ROOM - SeriesTable.MOST));
  }

  /** No series is created for the event, and the overflow series is not searched for. */
  @Test
  void anEventOverTheLimitCostsOneLookUpOnly() {
    for (int detail = 0; detail < MORE_THAN_THERE_IS_ROOM; detail++) {
      count("curl", detail, 1);
    }
    Count overflow = table.of(service("curl"), MORE_THAN_THERE_IS_ROOM);
    int madeBefore = made.size();
    comparisons = 0;
    for (int detail = 0; detail < 100_003; detail++) {
      Count found = table.of(service("nginx"), detail);
      if (found.slot() != overflow.slot()) {
        throw new AssertionError("another series: " + found);
      }
    }

    assertThat(comparisons).isZero();
    assertThat(madeBefore).isEqualTo(SeriesTable.MOST + 1);
    assertThat(made).hasSize(madeBefore);
  }

  private long total() {
    long[] sum = new long[1];
    table.forEach(one -> sum[0] += one.total.get());
    return sum[0];
  }

  @Test
  void aConcurrentReaderSeesEachCountOnce() throws InterruptedException {
    int readings = 10_007;
    AtomicBoolean wrong = new AtomicBoolean();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  long before = 0;
                  while (before < readings) {
                    long now = total();
                    if (now < before || now > readings) {
                      wrong.set(true);
                    }
                    before = now;
                  }
                });
    for (int i = 0; i < readings; i++) {
      count("c", i % 2_503, 1);
    }
    reader.join();

    assertThat(wrong).isFalse();
    assertThat(total()).isEqualTo(readings);
  }

  @Test
  void theNameOfAServiceIsAnAttribute() {
    count("curl", 80, 1);

    assertThat(made.getFirst().attributes().get(AttributeKey.stringKey("service.name")))
        .isEqualTo("curl");
  }

  private void passes(long ns) {
    nowNs.addAndGet(ns);
    expiry.check();
  }

  private Map<String, Long> points(String metric) {
    Map<String, Long> all = new TreeMap<>();
    reader.collectAllMetrics().stream()
        .filter(one -> one.getName().equals(metric))
        .flatMap(one -> one.getLongSumData().getPoints().stream())
        .forEach(
            point ->
                all.put(
                    String.valueOf(point.getAttributes().get(AttributeKey.longKey("detail"))),
                    point.getValue()));
    return all;
  }

  @Test
  void counterOfTheSdkHasWhatWasCounted() {
    count("curl", 80, 3);
    assertThat(points("count")).containsExactly(Map.entry("80", 3L));

    count("curl", 80, 4);
    count("curl", 443, 0);
    assertThat(points("count")).containsExactly(Map.entry("443", 0L), Map.entry("80", 7L));
  }

  @Test
  void aSeriesInWhichNothingIsCountedIsRemovedAndLosesNothing() {
    count("curl", 80, 3);
    count("curl", 443, 1);
    for (long passed = 0; passed < IDLE_NS; passed += STEP_NS) {
      passes(STEP_NS);
      count("curl", 443, 1);
    }
    assertThat(observed()).hasSize(2);
    count("curl", 80, 2);
    passes(STEP_NS); // Counts as used: nobody has collected it yet.
    assertThat(observed()).hasSize(2);
    count("curl", 443, 1);
    for (long passed = 0; passed < IDLE_NS; passed += STEP_NS) {
      passes(STEP_NS);
      count("curl", 443, 1);
    }
    passes(STEP_NS);

    assertThat(observed()).singleElement().asString().startsWith("{detail=443");
    assertThat(points("count")).containsEntry("80", 5L);
  }

  @Test
  void aSeriesThatComesBackCountsFromZeroAndTheSdkGoesOn() {
    count("curl", 80, 3);
    passes(STEP_NS);
    passes(IDLE_NS + STEP_NS);
    assertThat(observed()).isEmpty();

    count("curl", 80, 4);
    assertThat(observed()).containsExactly("{detail=80, service.name=curl} 4");
    assertThat(points("count")).containsExactly(Map.entry("80", 7L));
  }

  @Test
  void aSeriesThatIsInUseStays() {
    Count open = table.of(service("curl"), 80);
    open.open = true;
    passes(STEP_NS);
    passes(2 * IDLE_NS);
    assertThat(table.bySlot(open.slot())).isSameAs(open);

    open.open = false;
    passes(STEP_NS);
    assertThat(observed()).isEmpty();
  }

  @Test
  void removedSeriesMakeRoom() {
    for (int detail = 0; detail < MORE_THAN_THERE_IS_ROOM; detail++) {
      count("curl", detail, 1);
    }
    passes(STEP_NS);
    assertThat(observed()).hasSize(SeriesTable.MOST + 1);
    passes(IDLE_NS + STEP_NS);
    assertThat(observed()).isEmpty();
    for (int detail = 0; detail < MORE_THAN_THERE_IS_ROOM; detail++) {
      count("nginx", detail, 1);
    }

    assertThat(observed())
        .hasSize(SeriesTable.MOST + 1)
        .contains("{otel.metric.overflow=true} " + (MORE_THAN_THERE_IS_ROOM - SeriesTable.MOST));
    assertThat(points("netspan.agent.series"))
        .containsExactly(Map.entry("null", SeriesTable.MOST + 1L));
    assertThat(points("netspan.agent.series.overflows"))
        .containsExactly(Map.entry("null", 2L * (MORE_THAN_THERE_IS_ROOM - SeriesTable.MOST)));
  }
}
