package io.netspan.enrich.container;

import java.util.Set;
import java.util.function.Predicate;

/**
 * The labels and annotations that are kept: those that are exported, and those that name something.
 */
public final class WantedLabels {
  static final String COMPOSE_PROJECT = "com.docker.compose.project";
  static final String COMPOSE_SERVICE = "com.docker.compose.service";
  static final String PODMAN_COMPOSE_PROJECT = "io.podman.compose.project";
  static final String PODMAN_COMPOSE_SERVICE = "io.podman.compose.service";
  static final String STACK = "com.docker.stack.namespace";
  static final String SWARM_SERVICE = "com.docker.swarm.service.name";
  static final String NERDCTL_NAME = "nerdctl/name";

  // What the kubelet says of a container to a runtime that knows no pods.
  static final String POD_NAME = "io.kubernetes.pod.name";
  static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";
  static final String POD_UID = "io.kubernetes.pod.uid";
  static final String POD_CONTAINER = "io.kubernetes.container.name";

  private static final Set<String> NAMING =
      Set.of(
          COMPOSE_PROJECT,
          COMPOSE_SERVICE,
          PODMAN_COMPOSE_PROJECT,
          PODMAN_COMPOSE_SERVICE,
          STACK,
          SWARM_SERVICE,
          NERDCTL_NAME,
          POD_NAME,
          POD_NAMESPACE,
          POD_UID,
          POD_CONTAINER,
          PodNames.SERVICE_NAME,
          PodNames.SERVICE_NAMESPACE,
          PodNames.SERVICE_VERSION,
          PodNames.INSTANCE,
          PodNames.NAME,
          PodNames.VERSION,
          PodNames.TEMPLATE_HASH,
          PodNames.REVISION_HASH,
          PodNames.STATEFUL_POD,
          PodNames.JOB,
          PodNames.OLDER_JOB);

  private WantedLabels() {}

  /** The keys that name something, and these. */
  public static Predicate<String> with(Predicate<String> exported) {
    return key -> NAMING.contains(key) || exported.test(key);
  }
}
