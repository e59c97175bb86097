package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ServiceName;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.NumberedServices;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class SeriesTableTest {
  private static final int MORE_THAN_THERE_IS_ROOM = 2_503;

  private final NumberedServices services = new NumberedServices();
  private final List<Count> made = new ArrayList<>();
  private final SeriesTable<Count> table =
      new SeriesTable<>(
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
    final SingleWriterCounter total = new SingleWriterCounter();

    Count(Id id) {
      super(id);
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

  private int service(String name) {
    return services.number(new ServiceName(name, ServiceName.Source.EXECUTABLE));
  }

  private void count(String service, int detail, int times) {
    table.of(service(service), detail).total.add(times);
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
        .endsWith("{otel.metric.overflow=true} " + (MORE_THAN_THERE_IS_ROOM - SeriesTable.MOST));
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

  @Test
  void seriesAreGroupedByService() {
    for (int detail = 0; detail < SeriesTable.MOST - 1; detail++) {
      count("curl", detail, 1);
    }
    count("nginx", 80, 3);
    count("nginx", 443, 5);
    Map<Integer, List<Count>> all = table.byService();

    assertThat(all.keySet())
        .containsExactly(SeriesTable.NO_SERVICE, service("curl"), service("nginx"));
    assertThat(all.get(SeriesTable.NO_SERVICE))
        .extracting(Count::toString)
        .containsExactly("{otel.metric.overflow=true} 5");
    assertThat(all.get(service("curl"))).hasSize(SeriesTable.MOST - 1);
    assertThat(all.get(service("nginx"))).hasSize(1);
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
}
