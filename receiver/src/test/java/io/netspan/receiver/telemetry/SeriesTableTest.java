package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ServiceName;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.NumberedServices;
import io.netspan.receiver.workload.Service;
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

  /** Notices when it is searched for in a list. */
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
      all.remove("service.instance.id"); // It follows from the others.
      return all + " " + total.get();
    }
  }

  private Service service(String name) {
    return services.of(new ServiceName(name, ServiceName.Source.EXECUTABLE));
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
  void aSeriesIsOfOneServiceAndOneDetail() {
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
  void anyDetailIsANumberOfItsOwn() {
    for (int detail : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      count("curl", detail, 1);
      count("nginx", detail, 1);
    }

    assertThat(observed()).hasSize(8).allMatch(text -> text.endsWith(" 1"));
  }

  @Test
  void pastTheLimitAllThatIsNewSharesOneSeries() {
    for (int detail = 0; detail < MORE_THAN_THERE_IS_ROOM; detail++) {
      count("curl", detail, 1);
    }
    count("curl", 7, 1);

    assertThat(observed())
        .hasSize(SeriesTable.MOST + 1)
        .contains("{detail=7, service.name=curl} 2")
        .endsWith("{otel.metric.overflow=true} " + (MORE_THAN_THERE_IS_ROOM - SeriesTable.MOST));
  }

  /** Neither is a series made for each event, nor the overflow series searched for. */
  @Test
  void pastTheLimitAnEventCostsOneLookUpAndNothingElse() {
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
  void aReaderCountsNothingTwiceAndMissesNothing() throws InterruptedException {
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
