package io.netspan.receiver.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.enrich.Contribution;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.Contributors;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.telemetry.Resources;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The thread that identifies processes: its queue, and the changes that contributors report. */
final class EnrichmentTest {
  private static final int QUEUE = 8_192;

  private final Enrichment enrichment = new Enrichment();
  private final Turn turn = new Turn();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile String version = "1";

  private final class Versions implements Contributor {
    @Override
    public String name() {
      return "versions";
    }

    @Override
    public Contribution contribute(ProcessIdentity known) {
      asked.incrementAndGet();
      return Contribution.of(PartialIdentity.of(Map.of("version", version)));
    }
  }

  private final WorkloadTable workloads =
      new WorkloadTable(
          new FakeEnricher(),
          Contributors.of(List.of(new Versions())),
          new Resources(Attributes.empty()),
          enrichment);

  @AfterEach
  void close() {
    enrichment.close();
  }

  private List<Workload> processes(int count) {
    List<Workload> all = new ArrayList<>();
    turn.run(
        () -> IntStream.rangeClosed(1, count).forEach(pid -> all.add(workloads.find(pid, pid))));
    return all;
  }

  private static String version(Workload workload) {
    return workload.identity().attributes().getOrDefault("version", "-");
  }

  @Test
  void aChangeRefreshesOnlyTheSelectedProcesses() {
    enrichment.start(workloads, turn);
    List<Workload> two = processes(2);
    await().until(() -> two.stream().allMatch(Workload::isSettled));

    version = "2";
    enrichment.changed(known -> known.facts().key().pid() == 2);
    await().until(() -> version(two.getLast()).equals("2"));
    assertThat(version(two.getFirst())).isEqualTo("1");
    assertThat(asked).hasValue(3);
  }

  @Test
  void manyChangesAreCombinedIntoOneRefreshOfAllProcesses() throws InterruptedException {
    enrichment.start(workloads, turn);
    List<Workload> all = processes(503);
    await().until(() -> all.stream().allMatch(Workload::isSettled));

    version = "2";
    turn.take(); // So that the refresh cannot begin before all changes have been reported.
    for (int i = 0; i < 10_007; i++) {
      enrichment.changed(_ -> false);
    }
    turn.giveBack();
    await().until(() -> all.stream().allMatch(one -> version(one).equals("2")));
    assertThat(asked.get()).isBetween(2 * 503, 4 * 503);
  }

  @Test
  void aPredicateThatThrowsDoesNotStopLaterChanges() {
    enrichment.start(workloads, turn);
    List<Workload> one = processes(1);
    await().until(one.getFirst()::isSettled);

    enrichment.changed(
        _ -> {
          throw new IllegalStateException("broken");
        });
    await().until(() -> enrichment.failed() == 1);
    version = "2";
    enrichment.changed(_ -> true);
    await().until(() -> version(one.getFirst()).equals("2"));
  }

  @Test
  void processesThatDoNotFitIntoTheQueueAreCountedAndNotAwaited() {
    List<Workload> all = processes(QUEUE + 17);

    assertThat(enrichment.queueFull()).isEqualTo(17);
    assertThat(all.subList(0, QUEUE)).noneMatch(Workload::isSettled);
    assertThat(all.subList(QUEUE, QUEUE + 17)).allMatch(Workload::isSettled);

    enrichment.start(workloads, turn);
    await().until(() -> all.stream().allMatch(Workload::isSettled));
    enrichment.changed(_ -> true);
    await().until(() -> all.stream().allMatch(one -> version(one).equals("1")));
  }
}
