package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ServiceName;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.FakeServices;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class SeriesTableTest {
  private static final int MORE_THAN_THERE_IS_ROOM = 2_503;

  private final FakeServices services = new FakeServices();
  private final List<Count> made = new ArrayList<>();
  private final SeriesTable<Count> table =
      new SeriesTable<>(
          services.names(),
          (detail, to) -> to.put("detail", (long) detail),
          id -> {
            Count created = new Count(id);
            made.add(created);
            return created;
          });
  private int comparisons;

  /** Notices when it is searched for in a list. */
  private final class Count extends Series<Count> {
    final SingleWriterCounter total = new SingleWriterCounter();

    Count(Id id) {
      super(id);
    }

    @Override
    protected void add(Count other) {
      total.add(other.total.get());
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

  @Test
  void seriesAreHandedOutByService() {
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

  // Renaming.

  @Test
  void aRenamedServiceKeepsItsCounts() {
    count("java", 80, 1);
    count("java", 443, 2);
    count("other", 80, 3);
    table.rename(service("java"), service("checkout"));
    count("checkout", 80, 10);

    assertThat(observed())
        .containsExactlyInAnyOrder(
            "{detail=80, service.name=checkout} 11",
            "{detail=443, service.name=checkout} 2",
            "{detail=80, service.name=other} 3");
  }

  @Test
  void countsOfASeriesThatIsThereAreAdded() {
    count("checkout", 80, 100);
    count("java", 80, 1);
    table.rename(service("java"), service("checkout"));

    assertThat(observed()).containsExactly("{detail=80, service.name=checkout} 101");
  }

  /** A connection remembers by its slot where it was counted, and may outlive several names. */
  @Test
  void aSlotLeadsToTheSeriesThatHasTheCounts() {
    count("java", 80, 1);
    count("checkout", 80, 2);
    int java = table.of(service("java"), 80).slot();
    int checkout = table.of(service("checkout"), 80).slot();
    table.rename(service("java"), service("checkout"));
    table.rename(service("checkout"), service("shop"));
    table.bySlot(java).total.add(-1);
    table.bySlot(checkout).total.add(-2);

    assertThat(observed()).containsExactly("{detail=80, service.name=shop} 0");
  }

  @Test
  void theOldNameBeginsAnewWhenItComesUpAgain() {
    count("java", 80, 1);
    table.rename(service("java"), service("checkout"));
    count("java", 80, 5);

    assertThat(observed())
        .containsExactlyInAnyOrder(
            "{detail=80, service.name=checkout} 1", "{detail=80, service.name=java} 5");
  }

  @Test
  void whatIsNotThereOrHasTheNameIsNotRenamed() {
    count("java", 80, 1);
    table.rename(service("nobody"), service("checkout"));
    table.rename(service("java"), service("java"));

    assertThat(observed()).containsExactly("{detail=80, service.name=java} 1");
    assertThat(made).hasSize(1);
  }

  @Test
  void mergingMakesRoom() {
    for (int detail = 0; detail < MORE_THAN_THERE_IS_ROOM; detail++) {
      count(detail % 2 == 0 ? "java" : "checkout", detail / 2, 1);
    }
    table.rename(service("java"), service("checkout"));
    count("nginx", 80, 1);

    assertThat(observed())
        .contains("{detail=80, service.name=nginx} 1")
        .contains("{detail=7, service.name=checkout} 2");
    assertThat(total()).isEqualTo(MORE_THAN_THERE_IS_ROOM + 1);
  }

  /** However often a service is renamed, what the table holds is bounded. */
  @Test
  void renamingAgainAndAgainFillsTheTableAndLosesNothing() {
    int times = 20_003;
    for (int i = 0; i < times; i++) {
      count("java", 80, 1);
      table.rename(service("java"), service("checkout"));
    }

    assertThat(observed()).hasSize(2).anyMatch(text -> text.contains("otel.metric.overflow"));
    assertThat(total()).isEqualTo(times);
    assertThat(made.stream().mapToInt(Series::slot)).allMatch(slot -> slot <= 16_384);
  }

  private long total() {
    long[] sum = new long[1];
    table.forEach(one -> sum[0] += one.total.get());
    return sum[0];
  }

  @Test
  void aReaderCountsNothingTwiceAndMissesNothing() throws InterruptedException {
    count("a", 1, 1_000);
    count("b", 1, 1_000);
    AtomicBoolean done = new AtomicBoolean();
    AtomicBoolean wrong = new AtomicBoolean();
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!done.get()) {
                    if (total() != 2_000) {
                      wrong.set(true);
                    }
                  }
                });
    for (int i = 0; i < 10_000; i++) {
      table.rename(service(i % 2 == 0 ? "a" : "b"), service(i % 2 == 0 ? "b" : "a"));
      table.of(service("c"), i % 1_000);
    }
    done.set(true);
    reader.join();

    assertThat(wrong).isFalse();
  }

  @Test
  void theNameOfAServiceIsAnAttribute() {
    count("curl", 80, 1);

    assertThat(made.getFirst().attributes().get(AttributeKey.stringKey("service.name")))
        .isEqualTo("curl");
  }
}
