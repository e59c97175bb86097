package io.netspan.enrich.kube;

import io.netspan.enrich.Container;
import io.netspan.enrich.ProcessIdentity;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Selects the processes of a pod. All processes are asked for each change, so it searches texts.
 */
final class OfPod implements Predicate<ProcessIdentity> {
  private final Set<String> containers = new HashSet<>();
  private final Set<String> uids = new HashSet<>();

  OfPod(Pod pod) {
    pod.containers().forEach(each -> containers.add(ContainerIds.plain(each.id())));
    uids.add(pod.meta().uid());
    uids.add(pod.meta().uid().replace('-', '_')); // in the names of slices
    uids.add(pod.meta().annotations().getOrDefault(Pod.CONFIG_HASH, ""));
    uids.remove("");
  }

  @Override
  public boolean test(ProcessIdentity known) {
    Container container = known.container();
    if (container != null && containers.contains(container.id())) {
      return true;
    }
    for (String name : known.facts().cgroup()) {
      for (String uid : uids) {
        if (name.contains(uid)) {
          return true;
        }
      }
    }
    return false;
  }
}
