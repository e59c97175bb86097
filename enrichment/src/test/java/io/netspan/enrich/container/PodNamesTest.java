package io.netspan.enrich.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PodNamesTest {
  private static Map<String, String> map(String pairs) {
    Map<String, String> all = new HashMap<>();
    for (String pair : pairs.split(" ", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        all.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "web-7d9c6b5f4-x2x9z, pod-template-hash=7d9c6b5f4, web",
    "web-7d9c6b5f4-x2x9z, pod-template-hash=7d9c6b5f4 app.kubernetes.io/name=shop, shop",
    "web-1-x2x9z, app.kubernetes.io/instance=shop-eu app.kubernetes.io/name=shop, shop-eu",
    "db-12, statefulset.kubernetes.io/pod-name=db-12 controller-revision-hash=db-1, db",
    "logs-x2x9z, controller-revision-hash=5f4, logs",
    "sum-28461231-x2x9z, batch.kubernetes.io/job-name=sum-28461231, sum",
    "once-x2x9z, job-name=once, once",
    "lone, '', lone",
    "'', '', app",
  })
  void theWorkloadNamesTheService(String pod, String labels, String service) {
    ContainerDetails.Pod made = new ContainerDetails.Pod(pod, "shop", "u", map(labels), Map.of());

    assertThat(PodNames.service(made, "app").name()).isEqualTo(service);
    assertThat(PodNames.service(made, "app").namespace()).isEqualTo("shop");
  }

  @ParameterizedTest
  @CsvSource({"service.name, pay, pay, shop", "service.namespace, eu, instance, eu"})
  void anAnnotationComesFirst(String key, String value, String name, String namespace) {
    ContainerDetails.Pod made =
        new ContainerDetails.Pod(
            "pod",
            "shop",
            "u",
            Map.of("app.kubernetes.io/instance", "instance"),
            Map.of("resource.opentelemetry.io/" + key, value));

    assertThat(PodNames.service(made, "app").name()).isEqualTo(name);
    assertThat(PodNames.service(made, "app").namespace()).isEqualTo(namespace);
  }
}
