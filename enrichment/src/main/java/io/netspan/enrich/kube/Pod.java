package io.netspan.enrich.kube;

import io.netspan.enrich.container.ContainerDetails;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a pod.
 *
 * @param hostNetwork whether its address is its node's
 * @param ended whether all its containers have ended for good, so its address may be another's
 * @param only the name of its container, if it has just one
 */
record Pod(
    Meta meta,
    String node,
    boolean hostNetwork,
    boolean ended,
    @Nullable String only,
    List<String> addresses,
    List<PodContainer> containers) {

  /** The id under which the kubelet knows a pod that it made from a file. */
  static final String CONFIG_HASH = "kubernetes.io/config.hash";

  Pod {
    addresses = List.copyOf(addresses);
    containers = List.copyOf(containers);
  }

  /**
   * A container of a pod.
   *
   * @param image as the status has it; empty if it has none
   * @param id with the runtime: {@code containerd://...}
   */
  record PodContainer(String name, String image, String id) {}

  /** As runtimes know it. */
  ContainerDetails.Pod details() {
    return new ContainerDetails.Pod(
        meta.name(), meta.namespace(), meta.uid(), meta.labels(), meta.annotations());
  }
}
