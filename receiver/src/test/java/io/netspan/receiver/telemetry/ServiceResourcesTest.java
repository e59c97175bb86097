package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Objects;
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
  private final Resources resources = new Resources(HOST, registry);
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
}
