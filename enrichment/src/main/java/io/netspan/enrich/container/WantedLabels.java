package io.netspan.enrich.container;

import java.util.Set;
import java.util.function.Predicate;

/** The labels that are kept: those that are exported, and those that name something. */
final class WantedLabels {
  static final String COMPOSE_PROJECT = "com.docker.compose.project";
  static final String COMPOSE_SERVICE = "com.docker.compose.service";
  static final String PODMAN_COMPOSE_PROJECT = "io.podman.compose.project";
  static final String PODMAN_COMPOSE_SERVICE = "io.podman.compose.service";
  static final String STACK = "com.docker.stack.namespace";
  static final String SWARM_SERVICE = "com.docker.swarm.service.name";
  static final String NERDCTL_NAME = "nerdctl/name";

  private static final Set<String> NAMING =
      Set.of(
          COMPOSE_PROJECT,
          COMPOSE_SERVICE,
          PODMAN_COMPOSE_PROJECT,
          PODMAN_COMPOSE_SERVICE,
          STACK,
          SWARM_SERVICE,
          NERDCTL_NAME);

  private WantedLabels() {}

  static Predicate<String> with(Predicate<String> exported) {
    return key -> NAMING.contains(key) || exported.test(key);
  }
}
