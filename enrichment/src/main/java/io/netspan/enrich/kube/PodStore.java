package io.netspan.enrich.kube;

import io.netspan.enrich.kube.Pod.PodContainer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The pods of this node by their uids and their containers' ids. Those that are no more stay for a
 * while: there may be spans of their processes that are still to be exported.
 */
final class PodStore implements Store<Pod> {
  /** The kubelet's own limit is 110 unless it is raised. */
  static final int MOST = 4_096;

  private static final int MOST_REMOVED = 1_024;
  private static final Duration KEEP = Duration.ofMinutes(10);

  private final Consumer<Pod> changed;
  private final Map<String, Pod> pods = new ConcurrentHashMap<>();

  /** Pods that the kubelet made from files, by the uid that only it knows them by. */
  private final Map<String, Pod> ofFiles = new ConcurrentHashMap<>();

  private final Map<String, Found> containers = new ConcurrentHashMap<>();
  private final Deque<Removed> removed = new ArrayDeque<>();

  /**
   * What is known about a process's pod.
   *
   * @param container null if the pod has not said yet which of its containers it is
   */
  record Found(Pod pod, @Nullable PodContainer container) {
    /** The container's name; empty if it is not known. */
    String name() {
      return container != null ? container.name() : pod.only() != null ? pod.only() : "";
    }
  }

  private record Removed(String uid, long atNs) {}

  /**
   * No pod is known yet.
   *
   * @param changed gets each pod that is new or has changed
   */
  PodStore(Consumer<Pod> changed) {
    this.changed = changed;
  }

  /** May be called by any thread; null if nothing is known. */
  @Nullable Found find(@Nullable String containerId, @Nullable String podUid) {
    Found known = containerId == null ? null : containers.get(containerId);
    if (known != null || podUid == null) {
      return known;
    }
    Pod pod = pods.get(podUid);
    Pod found = pod == null ? ofFiles.get(podUid) : pod;
    return found == null ? null : new Found(found, null);
  }

  /** How many pods are known. */
  int size() {
    return pods.size();
  }

  @Override
  public boolean put(String uid, Pod pod) {
    removed.removeIf(each -> each.uid().equals(uid));
    Pod before = pods.get(uid);
    if (before == null && pods.size() >= MOST && !removed.isEmpty()) {
      forget(removed.remove().uid());
    }
    if (before == null && pods.size() >= MOST) {
      return false;
    }
    if (!pod.equals(before)) {
      if (before != null) {
        forgetContainers(before, pod.containers());
      }
      remember(uid, pod);
      changed.accept(pod);
    }
    return true;
  }

  private void remember(String uid, Pod pod) {
    pods.put(uid, pod);
    String hash = pod.meta().annotations().get(Pod.CONFIG_HASH);
    if (hash != null) {
      ofFiles.put(hash, pod);
    }
    for (PodContainer each : pod.containers()) {
      containers.put(ContainerIds.plain(each.id()), new Found(pod, each));
    }
  }

  private void forgetContainers(Pod pod, Collection<PodContainer> but) {
    for (PodContainer each : pod.containers()) {
      if (but.stream().noneMatch(other -> other.id().equals(each.id()))) {
        containers.remove(ContainerIds.plain(each.id()));
      }
    }
  }

  @Override
  public void remove(String uid) {
    if (pods.containsKey(uid)) {
      removed.add(new Removed(uid, System.nanoTime()));
    }
    forgetOld();
  }

  private void forgetOld() {
    long now = System.nanoTime();
    while (!removed.isEmpty()
        && (removed.size() > MOST_REMOVED || now - removed.peek().atNs() > KEEP.toNanos())) {
      forget(removed.remove().uid());
    }
  }

  private void forget(String uid) {
    Pod pod = pods.remove(uid);
    if (pod != null) {
      forgetContainers(pod, Set.of());
      String hash = pod.meta().annotations().get(Pod.CONFIG_HASH);
      if (hash != null) {
        ofFiles.remove(hash, pod);
      }
    }
  }

  @Override
  public void complete(Set<String> uids) {
    for (String uid : pods.keySet()) {
      if (!uids.contains(uid) && removed.stream().noneMatch(each -> each.uid().equals(uid))) {
        remove(uid);
      }
    }
    forgetOld();
  }
}
