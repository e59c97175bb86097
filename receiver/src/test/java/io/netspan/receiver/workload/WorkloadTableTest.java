package io.netspan.receiver.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Container;
import io.netspan.enrich.Contribution;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.Contributors;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.receiver.telemetry.Resources;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class WorkloadTableTest {
  private static final int GENERATION = 65_536;

  private final List<WorkloadTable.Completion> completions = new ArrayList<>();
  private final FakeEnricher enricher = new FakeEnricher();
  private final Resources resources =
      new Resources(
          Attributes.builder()
              .put("host.name", "web1")
              .put("service.name", "netspan")
              .put("process.pid", 1)
              .put("telemetry.sdk.name", "opentelemetry")
              .build());
  private final WorkloadTable table =
      new WorkloadTable(enricher, Contributors.NONE, resources, completions::add);

  @Test
  void aProcessIsAlwaysTheSameWorkload() {
    assertThat(table.find(7, 70)).isSameAs(table.find(7, 70)).isNotSameAs(table.find(8, 70));
    assertThat(completions).hasSize(2);
  }

  @Test
  void anotherStartTimeIsAnotherProcess() {
    Workload first = table.find(7, 70);

    assertThat(table.find(7, 71)).isNotSameAs(first);
    assertThat(table.find(7, 71).key()).isEqualTo(new ProcessKey(7, 71));
    assertThat(first.key()).isEqualTo(new ProcessKey(7, 70));
  }

  @Test
  void pidZeroIsTheUnknownWorkload() {
    assertThat(table.find(0, 0)).isSameAs(table.nobody());
    assertThat(table.find(0, 99)).isSameAs(table.nobody());
    assertThat(table.nobody().isKnown()).isFalse();
    assertThat(completions).isEmpty();
  }

  @Test
  void aWorkloadInUseSurvivesGenerations() {
    Workload used = table.find(1, 1);
    Workload unused = table.find(2, 2);
    for (int i = 0; i < 4 * GENERATION; i++) {
      table.find(1_000 + i, 1);
      if (i % 1_000 == 0) {
        assertThat(table.find(1, 1)).isSameAs(used);
      }
    }

    assertThat(table.find(1, 1)).isSameAs(used);
    assertThat(table.find(2, 2)).as("workload that was not in use").isNotSameAs(unused);
  }

  @Test
  void noWorkloadIsForgottenWithinAGeneration() {
    Workload first = table.find(1, 1);
    for (int i = 0; i < GENERATION; i++) {
      table.find(1_000 + i, 1);
    }

    assertThat(table.find(1, 1)).isSameAs(first);
  }

  @Test
  void completionReplacesIdentityServiceAndResourceTogether() {
    enricher.knows(7, 70, "checkout");
    Workload workload = table.find(7, 70);
    Service before = workload.service();
    Resource unknown = Resources.of(workload);
    completions.getFirst().run();

    assertThat(workload.identity().service().name()).isEqualTo("checkout");
    assertThat(workload.service()).isNotEqualTo(before);
    assertThat(workload.service().name()).isEqualTo("checkout");
    assertThat(Resources.of(workload)).isNotSameAs(unknown).isSameAs(Resources.of(workload));
    assertThat(attributes(workload)).containsEntry("service.name", "checkout");
  }

  @Test
  void aProcessWithoutAnAnnouncementCanBeReadAgain() {
    enricher.knows(7, 70, "launcher");
    Workload workload = table.find(7, 70);
    completions.removeLast().run();
    enricher.knows(7, 70, "server");
    table.readAgain(new ProcessKey(7, 70));
    completions.removeLast().run();

    assertThat(workload.identity().service().name()).isEqualTo("server");

    enricher.forgets(7, 70);
    table.readAgain(new ProcessKey(7, 70));
    completions.removeLast().run();

    assertThat(workload.identity().service().name())
        .as("service of a process that has ended")
        .isEqualTo("server");
    table.readAgain(new ProcessKey(8, 70));
    assertThat(completions).as("completions of an unknown process").isEmpty();
  }

  @Test
  void aLaterIdentityChangesServiceAndResource() {
    enricher.knows(7, 70, "launcher");
    Workload workload = table.find(7, 70);
    completions.removeLast().run();
    Service service = workload.service();
    Resource first = Resources.of(workload);

    table.readAgain(new ProcessKey(7, 70));
    completions.removeLast().run();
    assertThat(Resources.of(workload))
        .as("Resource after an update without changes")
        .isSameAs(first);

    enricher.knows(7, 70, "server");
    table.readAgain(new ProcessKey(7, 70));
    completions.removeLast().run();
    assertThat(workload.service()).isNotEqualTo(service);
    assertThat(Resources.of(workload).getAttribute(AttributeKey.stringKey("service.name")))
        .isEqualTo("server");
    assertThat(first.getAttribute(AttributeKey.stringKey("service.name"))).isEqualTo("launcher");
  }

  // Waiting for identities.

  private static final Duration LONG = Duration.ofDays(1);

  @Test
  void waitingEndsWhenTheProcessHasBeenRead() throws InterruptedException {
    Workload workload = table.find(7, 70);
    assertThat(workload.isSettled()).isFalse();
    completions.getFirst().run();

    assertThat(workload.awaitSettled(LONG, LONG)).isTrue();
    assertThat(workload.isSettled()).isTrue();
    assertThat(table.nobody().isSettled()).isTrue();
  }

  @Test
  void waitingEndsWhenTheProcessWillNotBeRead() throws InterruptedException {
    Workload workload = table.find(7, 70);
    completions.getFirst().abandon();

    assertThat(workload.awaitSettled(LONG, LONG)).isTrue();
    assertThat(workload.identity().service().name()).isEqualTo(ServiceName.UNKNOWN);
  }

  @Test
  void waitingIsBoundedByAgeAndTimeout() throws InterruptedException {
    Workload workload = table.find(7, 70);

    assertThat(workload.awaitSettled(LONG, Duration.ofMillis(1)))
        .as("waiting is over before the bound by age")
        .isFalse();
    assertThat(workload.awaitSettled(Duration.ofMillis(20), LONG))
        .as("waiting is over after the bound by age")
        .isTrue();
    assertThat(workload.awaitSettled(Duration.ofMillis(20), LONG))
        .as("waiting is over at once")
        .isTrue();
    assertThat(workload.isSettled()).isFalse();
  }

  // Contributors.

  /** Is pending until a test defines its contribution. */
  private static final class Inventory implements Contributor {
    private Contribution known = Contribution.PENDING;

    @Override
    public String name() {
      return "inventory";
    }

    @Override
    public Contribution contribute(ProcessIdentity identity) {
      return known;
    }

    void knows(String service, String owner) {
      known =
          Contribution.of(
              new PartialIdentity(
                  null,
                  List.of(),
                  null,
                  null,
                  null,
                  new ServiceName(service, ServiceName.Source.CONTAINER),
                  Map.of("owner", owner)));
    }
  }

  @Test
  void aPendingContributionIsAwaitedAndLaterChangesAreApplied() throws InterruptedException {
    Inventory inventory = new Inventory();
    WorkloadTable contributed =
        new WorkloadTable(
            enricher.knows(7, 70, "java"),
            Contributors.of(List.of(inventory)),
            resources,
            completions::add);
    Workload workload = contributed.find(7, 70);
    completions.removeFirst().run();
    Resource first = Resources.of(workload);
    assertThat(workload.awaitSettled(LONG, Duration.ofMillis(1)))
        .as("waiting is over while the contribution is pending")
        .isFalse();
    assertThat(attributes(workload)).containsEntry("service.name", "java");

    inventory.knows("checkout", "team-a");
    contributed.forEach(contributed::refresh);
    assertThat(workload.awaitSettled(LONG, LONG)).isTrue();
    assertThat(attributes(workload))
        .containsEntry("service.name", "checkout")
        .containsEntry("netspan.service.name.source", "container")
        .containsEntry("owner", "team-a");
    assertThat(workload.service().name()).isEqualTo("checkout");

    Resource second = Resources.of(workload);
    contributed.forEach(contributed::refresh);
    assertThat(Resources.of(workload))
        .as("Resource after an update without changes")
        .isSameAs(second);

    inventory.knows("checkout", "team-b");
    contributed.forEach(contributed::refresh);
    assertThat(attributes(workload)).containsEntry("owner", "team-b");
    assertThat(first.getAttribute(AttributeKey.stringKey("service.name"))).isEqualTo("java");

    inventory.known = Contribution.NOTHING;
    contributed.forEach(contributed::refresh);
    assertThat(attributes(workload))
        .containsEntry("service.name", "java")
        .doesNotContainKey("owner");
  }

  // Resources.

  private static Map<String, Object> attributes(Workload workload) {
    Map<String, Object> all = new HashMap<>();
    Resources.of(workload).getAttributes().forEach((key, value) -> all.put(key.getKey(), value));
    return all;
  }

  private Workload workload(ProcessIdentity identity) {
    return new Workload(identity.facts().key(), 1, identity, resources);
  }

  @Test
  void allKnownFactsAreInTheResource() {
    ProcessFacts facts =
        new ProcessFacts(
            new ProcessKey(7, 70), 1, -2, "java", "java", 42, List.of("a.scope", "b"), 4, 5);
    ProcessIdentity identity =
        new ProcessIdentity(
            facts,
            "/usr/bin/java",
            List.of("java", "-jar", "shop.jar"),
            "shop.jar",
            new Container("0123", "shop-1", "docker", "4567"),
            "shop.service",
            new ServiceName("shop", ServiceName.Source.JVM, "prod", "i-1", "1.2"),
            Map.of("k8s.pod.name", "shop-1", "host.name", "mine", "service.name", "not this"));

    assertThat(attributes(workload(identity)))
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("host.name", "web1"),
                Map.entry("k8s.pod.name", "shop-1"),
                Map.entry("service.name", "shop"),
                Map.entry("service.namespace", "prod"),
                Map.entry("service.instance.id", "i-1"),
                Map.entry("service.version", "1.2"),
                Map.entry("netspan.service.name.source", "jvm"),
                Map.entry("process.pid", 7L),
                Map.entry("process.parent_pid", 1L),
                Map.entry("process.user.id", 4_294_967_294L),
                Map.entry("process.executable.name", "java"),
                Map.entry("process.executable.path", "/usr/bin/java"),
                Map.entry("process.command_args", List.of("java", "-jar", "shop.jar")),
                Map.entry("process.linux.cgroup", "/b/a.scope"),
                Map.entry("netspan.process.comm", "java"),
                Map.entry("netspan.jvm.main_class", "shop.jar"),
                Map.entry("netspan.systemd.unit", "shop.service"),
                Map.entry("container.id", "0123"),
                Map.entry("container.name", "shop-1"),
                Map.entry("container.runtime.name", "docker"),
                Map.entry("netspan.container.outer.id", "4567")));
    assertThat(Resources.of(workload(identity)).getSchemaUrl()).isEqualTo(Resources.SCHEMA_URL);
  }

  @Test
  void unknownFactsAreOmitted() {
    Map<String, Object> unknown = attributes(table.find(7, 70));

    assertThat(unknown)
        .containsOnly(
            Map.entry("host.name", "web1"),
            Map.entry("service.name", ServiceName.UNKNOWN),
            Map.entry("process.pid", 7L));
    assertThat(attributes(table.nobody()))
        .containsOnly(
            Map.entry("host.name", "web1"), Map.entry("service.name", ServiceName.UNKNOWN));
  }

  @Test
  void theAgentsOwnServiceIsNotThatOfAnUnknownProcess() {
    assertThat(Resources.of(table.nobody()).getAttribute(AttributeKey.stringKey("service.name")))
        .isNotEqualTo("netspan");
    assertThat(Resources.of(table.nobody()).getAttribute(AttributeKey.longKey("process.pid")))
        .isNull();
  }

  /** A process chooses how long its arguments are; 65,536 of the longest would be half a GiB. */
  @Test
  void processesWithLongArgumentsAreForgottenSooner() {
    String longest = "\uFFFD".repeat(4_096);
    for (int pid = 1; pid <= 10_007; pid++) {
      enricher.knows(pid, 10, longest.substring(4) + pid % 7);
      table.find(pid, 10);
    }
    Workload last = table.find(10_007, 10);
    completions.forEach(WorkloadTable.Completion::run);
    completions.clear();
    table.find(10_008, 10);
    table.find(10_009, 10);

    assertThat(table.find(10_007, 10)).as("workload of the old generation").isSameAs(last);
    completions.forEach(WorkloadTable.Completion::run);
    assertThat(completions).hasSize(2);
    for (int pid = 20_000; pid < 30_000; pid++) {
      enricher.knows(pid, 10, longest);
      table.find(pid, 10);
      completions.removeLast().run();
    }
    assertThat(table.find(10_007, 10)).as("workload that was forgotten").isNotSameAs(last);
  }
}
