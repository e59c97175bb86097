package io.netspan.enrich.container;

import io.netspan.enrich.Container;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.ServiceName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes the identity of a container's processes from what its runtime says. */
final class ContainerIdentity {
  private final Predicate<String> exported;

  /**
   * Makes identities.
   *
   * @param exported the keys of labels that become attributes
   */
  ContainerIdentity(Predicate<String> exported) {
    this.exported = exported;
  }

  /**
   * The identity.
   *
   * @param runtime what the runtime is called, if only its API shows that
   */
  PartialIdentity of(ContainerDetails container, ContainerImage image, @Nullable String runtime) {
    Map<String, String> attributes = new LinkedHashMap<>();
    ContainerDetails.Pod pod = pod(container);
    String name = name(container);
    put(attributes, "container.name", name);
    ImageName written = ImageName.of(container.image());
    put(attributes, "container.image.name", repository(written, image));
    put(
        attributes,
        "container.image.id",
        image.id().isEmpty() && container.imageId() != null ? container.imageId() : image.id());
    if (pod != null) {
      put(attributes, "k8s.pod.name", pod.name());
      put(attributes, "k8s.namespace.name", pod.namespace());
      put(attributes, "k8s.pod.uid", pod.uid());
      put(attributes, "k8s.container.name", ofPod(container));
      exported(pod.labels(), "k8s.pod.label.", attributes);
      exported(pod.annotations(), "k8s.pod.annotation.", attributes);
    }
    exported(container.labels(), "container.label.", attributes);
    Map<String, List<String>> lists = new LinkedHashMap<>();
    put(lists, "container.image.tags", tags(written, image));
    put(lists, "container.image.repo_digests", image.digests());
    return new PartialIdentity(
        null,
        List.of(),
        null,
        new Container(container.id(), runtime),
        null,
        pod == null ? service(container.labels(), name) : PodNames.service(pod, ofPod(container)),
        attributes,
        lists);
  }

  /** nerdctl keeps the name in a label. */
  private static String name(ContainerDetails container) {
    return container.name().isEmpty()
        ? container.labels().getOrDefault(WantedLabels.NERDCTL_NAME, "")
        : container.name();
  }

  /** What the pod calls the container; runtimes that know no pods call it otherwise. */
  private static String ofPod(ContainerDetails container) {
    return container.labels().getOrDefault(WantedLabels.POD_CONTAINER, container.name());
  }

  /** The pod, also where the runtime knows it as a label only. */
  private static ContainerDetails.@Nullable Pod pod(ContainerDetails container) {
    String name = container.labels().get(WantedLabels.POD_NAME);
    if (container.pod() != null || name == null) {
      return container.pod();
    }
    return new ContainerDetails.Pod(
        name,
        container.labels().getOrDefault(WantedLabels.POD_NAMESPACE, ""),
        container.labels().getOrDefault(WantedLabels.POD_UID, ""),
        Map.of(),
        Map.of());
  }

  private void exported(Map<String, String> labels, String prefix, Map<String, String> to) {
    labels.forEach(
        (key, value) -> {
          if (exported.test(key)) {
            to.put(prefix + key, value);
          }
        });
  }

  private static String repository(ImageName written, ContainerImage image) {
    return written.repository().isEmpty() && !image.names().isEmpty()
        ? ImageName.of(image.names().getFirst()).repository()
        : written.repository();
  }

  /** All tags of the image; that of the name it was run by comes first. */
  private static List<String> tags(ImageName written, ContainerImage image) {
    Set<String> tags = new LinkedHashSet<>();
    tags.add(written.tag());
    image.names().forEach(name -> tags.add(ImageName.of(name).tag()));
    tags.remove("");
    return new ArrayList<>(tags);
  }

  /**
   * The name of the service: that of Compose or Swarm, else the container's. A name that the
   * runtime made up says nothing.
   */
  private static @Nullable ServiceName service(Map<String, String> labels, String container) {
    String name =
        first(
            labels,
            WantedLabels.COMPOSE_SERVICE,
            WantedLabels.PODMAN_COMPOSE_SERVICE,
            WantedLabels.SWARM_SERVICE);
    String project =
        first(
            labels,
            WantedLabels.COMPOSE_PROJECT,
            WantedLabels.PODMAN_COMPOSE_PROJECT,
            WantedLabels.STACK);
    if (name == null) {
      name = container.isEmpty() || GeneratedName.is(container) ? null : container;
    }
    if (name == null) {
      return project == null
          ? null
          : new ServiceName(ServiceName.UNKNOWN, ServiceName.Source.UNKNOWN, project, null, null);
    }
    return new ServiceName(name, ServiceName.Source.CONTAINER, project, null, null);
  }

  private static @Nullable String first(Map<String, String> labels, String... keys) {
    for (String key : keys) {
      String value = labels.get(key);
      if (value != null && !value.isBlank()) {
        return value;
      }
    }
    return null;
  }

  private static void put(Map<String, String> to, String key, String value) {
    if (!value.isEmpty()) {
      to.put(key, value);
    }
  }

  private static void put(Map<String, List<String>> to, String key, List<String> values) {
    if (!values.isEmpty()) {
      to.put(key, values);
    }
  }
}
