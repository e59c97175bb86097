package io.netspan.enrich.kube;

import io.netspan.enrich.Container;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.container.ImageName;
import io.netspan.enrich.container.PodNames;
import io.netspan.enrich.kube.PodStore.Found;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes the identity of a pod's processes from what the API says. */
final class PodIdentity {
  private static final Map<String, String> NAME_OF_KIND =
      Map.of(
          "ReplicaSet", "k8s.replicaset.name",
          "Deployment", "k8s.deployment.name",
          "StatefulSet", "k8s.statefulset.name",
          "DaemonSet", "k8s.daemonset.name",
          "Job", "k8s.job.name",
          "CronJob", "k8s.cronjob.name",
          "ReplicationController", "k8s.replicationcontroller.name");

  /** Of a pod that the kubelet made from a file. */
  private static final String NODE = "Node";

  private final Predicate<String> exported;

  /**
   * Makes identities.
   *
   * @param exported the keys of labels and annotations that become attributes
   */
  PodIdentity(Predicate<String> exported) {
    this.exported = exported;
  }

  PartialIdentity of(Found found, Owners.Chain makers) {
    Pod pod = found.pod();
    Meta meta = pod.meta();
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("k8s.namespace.name", meta.namespace());
    attributes.put("k8s.pod.name", meta.name());
    attributes.put("k8s.pod.uid", meta.uid());
    attributes.put("k8s.node.name", pod.node());
    for (Meta.Owner maker : makers.owners()) {
      String attribute = NAME_OF_KIND.get(maker.kind());
      if (attribute != null) {
        attributes.put(attribute, maker.name());
      }
    }
    String container = found.name();
    attributes.put("k8s.container.name", container);
    if (found.container() != null) {
      attributes.put("container.image.name", ImageName.of(found.container().image()).repository());
    }
    exported(meta.labels(), "k8s.pod.label.", attributes);
    exported(meta.annotations(), "k8s.pod.annotation.", attributes);
    return new PartialIdentity(
        null,
        List.of(),
        null,
        container(found),
        null,
        PodNames.service(pod.details(), container, workload(pod, makers)),
        attributes);
  }

  private static @Nullable Container container(Found found) {
    return found.container() == null
        ? null
        : new Container(
            ContainerIds.plain(found.container().id()),
            ContainerIds.runtime(found.container().id()));
  }

  /** The last maker; where that could not be asked for, labels and names tell. */
  private static @Nullable String workload(Pod pod, Owners.Chain makers) {
    if (!makers.complete() || makers.failed()) {
      String told = PodNames.workload(pod.details());
      if (told != null) {
        return told;
      }
    }
    return makers.owners().isEmpty() || makers.owners().getLast().kind().equals(NODE)
        ? null
        : makers.owners().getLast().name();
  }

  private void exported(Map<String, String> texts, String prefix, Map<String, String> to) {
    texts.forEach(
        (key, value) -> {
          if (exported.test(key)) {
            to.put(prefix + key, value);
          }
        });
  }
}
