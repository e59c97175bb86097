package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.enrich.ProcessFacts;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.netspan.enrich.ServiceName;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Service;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The Resources of metrics: one for each service of a machine. */
final class ServiceResourcesTest {
  private static final Attributes HOST =
      Attributes.builder()
          .put("host.name", "web1")
          .put("service.name", "netspan")
          .put("service.instance.id", "agent-1")
          .build();

  private final MetricResources registry = new MetricResources();
  private final Resources resources =
      new Resources(HOST, registry, new SeriesExpiry(Duration.ZERO, System::nanoTime));
  private final WorkloadTable workloads =
      new WorkloadTable(
          new FakeEnricher().knows(7, 7, "curl").knows(8, 8, "curl").knows(9, 9, "nginx"),
          Contributors.NONE,
          resources,
          WorkloadTable.Completion::run);

  private static Attributes points(Resources of, Workload workload) {
    AttributesBuilder to = Attributes.builder();
    of.metrics().put(workload.service(), to);
    return to.build();
  }

  private static String instance(Attributes points) {
    return Objects.requireNonNull(points.get(MetricResources.INSTANCE_ID));
  }

  @Test
  void theInstanceOfAPointIdentifiesTheResourceOfItsService() {
    Attributes curl = points(resources, workloads.find(7, 7));

    assertThat(curl.get(stringKey("service.name"))).isEqualTo("curl");
    Resource resource = Objects.requireNonNull(registry.of(instance(curl)));
    assertThat(resource.getAttributes())
        .isEqualTo(
            Attributes.builder()
                .put("host.name", "web1")
                .put("service.name", "curl")
                .put("service.instance.id", instance(curl))
                .build());
    assertThat(resource.getSchemaUrl()).isEqualTo(Resources.SCHEMA_URL);
  }

  @Test
  void processesOfOneServiceShareAResourceAndThoseOfDifferentServicesDoNot() {
    Attributes curl = points(resources, workloads.find(7, 7));

    assertThat(points(resources, workloads.find(8, 8))).isEqualTo(curl);
    assertThat(instance(points(resources, workloads.find(9, 9)))).isNotEqualTo(instance(curl));
  }

  @Test
  void anInstanceIsStableAcrossRestartsAndDiffersBetweenAgents() {
    Attributes curl = points(resources, workloads.find(7, 7));
    Resources restarted = new Resources(HOST);
    Resources other = new Resources(HOST.toBuilder().put("service.instance.id", "agent-2").build());
    for (Resources one : new Resources[] {restarted, other}) {
      Workload again =
          new WorkloadTable(
                  new FakeEnricher().knows(7, 7, "curl"),
                  Contributors.NONE,
                  one,
                  WorkloadTable.Completion::run)
              .find(7, 7);
      if (one == restarted) {
        assertThat(points(one, again)).isEqualTo(curl);
      } else {
        assertThat(instance(points(one, again))).isNotEqualTo(instance(curl));
      }
    }
  }

  private static Service service(Map<String, String> attributes) {
    return new Resources(Attributes.empty())
        .service(
            new ProcessIdentity(
                ProcessFacts.unknown(new ProcessKey(7, 7)),
                null,
                List.of(),
                null,
                null,
                null,
                new ServiceName("checkout", ServiceName.Source.OTEL_SETTINGS, "shop", "own", "1.2"),
                attributes));
  }

  private Attributes resource(Map<String, String> attributes) {
    AttributesBuilder to = Attributes.builder();
    resources.metrics().put(service(attributes), to);
    return Objects.requireNonNull(registry.of(instance(to.build()))).getAttributes();
  }

  @Test
  void aResourceHasWhatIsStableOfAWorkload() {
    Attributes stable =
        resource(
            Map.of(
                "deployment.environment.name", "production",
                "k8s.cluster.name", "east",
                "k8s.namespace.name", "shop",
                "k8s.deployment.name", "checkout",
                "service.criticality", "high",
                "host.name", "web2",
                "k8s.pod.name", "checkout-7f9c-x2x",
                "k8s.node.name", "node1",
                "container.id", "1234",
                "team", "a"));

    assertThat(stable.toBuilder().remove(MetricResources.INSTANCE_ID).build())
        .isEqualTo(
            Attributes.builder()
                .put("host.name", "web1")
                .put("service.name", "checkout")
                .put("service.namespace", "shop")
                .put("service.version", "1.2")
                .put("service.criticality", "high")
                .put("deployment.environment.name", "production")
                .put("k8s.cluster.name", "east")
                .put("k8s.namespace.name", "shop")
                .put("k8s.deployment.name", "checkout")
                .build());
    assertThat(stable.get(MetricResources.INSTANCE_ID)).isNotEqualTo("own");
  }

  @Test
  void runsOfACronJobShareAResource() {
    Map<String, String> first = Map.of("k8s.cronjob.name", "report", "k8s.job.name", "report-1");
    Map<String, String> second = Map.of("k8s.cronjob.name", "report", "k8s.job.name", "report-2");

    assertThat(resource(first)).isEqualTo(resource(second));
    assertThat(resource(Map.of("k8s.job.name", "once")).get(stringKey("k8s.job.name")))
        .isEqualTo("once");
  }

  @Test
  void differentResourcesHaveDifferentInstances() {
    List<Map<String, String>> all =
        List.of(
            Map.of(),
            Map.of("service.a", "b"),
            Map.of("service.a", "b, service.c=d"),
            Map.of("service.a", "b", "service.c", "d"),
            Map.of("service.a", "1 b"),
            Map.of("service.c", "d"));

    assertThat(all)
        .extracting(attributes -> resource(attributes).get(MetricResources.INSTANCE_ID))
        .doesNotHaveDuplicates()
        .allMatch(id -> UUID.fromString(id).version() == 5);
  }

  @Test
  void theResourcesThatWereNotUsedForTheLongestTimeAreForgotten() {
    Attributes kept = resource(Map.of("service.kept", "yes"));
    Attributes forgotten = resource(Map.of("service.kept", "no"));
    for (int i = 0; i < MetricResources.MOST - 1; i++) {
      resource(Map.of("service.number", Integer.toString(i)));
      assertThat(registry.of(instance(kept))).isNotNull();
    }

    assertThat(registry.of(instance(forgotten))).isNull();
  }
}
