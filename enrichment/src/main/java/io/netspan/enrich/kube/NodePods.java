package io.netspan.enrich.kube;

import io.netspan.enrich.Container;
import io.netspan.enrich.Contribution;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.SourceStats;
import io.netspan.enrich.container.Pauses;
import io.netspan.enrich.container.WantedLabels;
import io.netspan.enrich.kube.PodStore.Found;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Names the processes of this node's pods by what the Kubernetes API says about them. */
public final class NodePods implements Contributor {
  private final ApiClient api;
  private final Health health;
  private final Health askedOwners;
  private final PodStore pods;
  private final Owners owners;
  private final PodIdentity identities;
  private final FirstSeen unknown = new FirstSeen();
  private final Watch<Pod> watch;
  private volatile @Nullable Consumer<Predicate<ProcessIdentity>> listener;
  private @Nullable Thread thread;

  /**
   * The pods of a node, which are not watched yet.
   *
   * @param node the name by which Kubernetes knows the node
   * @param exported the keys of labels and annotations that become attributes
   */
  public NodePods(ApiServer server, String node, Predicate<String> exported) {
    this(server, node, exported, Pauses.USUAL, Watch::usualLength);
  }

  NodePods(
      ApiServer server,
      String node,
      Predicate<String> exported,
      Pauses pauses,
      Supplier<Duration> watchFor) {
    this.api = new ApiClient(server);
    this.health = new Health(server.url(), "this node's pods have no names, or old ones,");
    this.identities = new PodIdentity(exported);
    this.askedOwners = new Health(server.url(), "labels tell the workloads of pods");
    this.owners = new Owners(api, askedOwners, this::ownerChanged);
    this.pods = new PodStore(this::podChanged);
    Predicate<String> wanted = WantedLabels.with(exported);
    this.watch =
        new Watch<>(
            api,
            new Resource<>(
                "pods",
                "/api/v1/pods",
                "fieldSelector=spec.nodeName%3D" + Encoded.of(node),
                new PodReader(key -> key.equals(Pod.CONFIG_HASH) || wanted.test(key))),
            pods,
            health,
            pauses,
            watchFor,
            () -> changed(NodePods::isInContainer));
  }

  @Override
  public String name() {
    return "kubernetes";
  }

  @Override
  public void start(Consumer<Predicate<ProcessIdentity>> changed) {
    listener = changed;
    thread = Thread.ofPlatform().name("netspan-kubernetes").daemon().start(watch::run);
  }

  @Override
  public Contribution contribute(ProcessIdentity known) {
    Container container = known.container();
    String uid = PodCgroup.uid(known.facts().cgroup());
    if (container == null && uid == null) {
      return Contribution.NOTHING;
    }
    Found found = pods.find(container == null ? null : container.id(), uid);
    if (found != null) {
      return contribution(found);
    }
    return switch (watch.state()) {
      case CONNECTING -> Contribution.PENDING;
      case OPEN -> uid != null && unknown.isNew(uid) ? Contribution.PENDING : Contribution.NOTHING;
      case AWAY -> Contribution.NOTHING;
    };
  }

  private Contribution contribution(Found found) {
    Owners.Chain makers = owners.of(found.pod().meta());
    boolean pending = !makers.complete();
    if (found.name().isEmpty() && watch.state() == Watch.State.OPEN) {
      pending |= unknown.isNew(found.pod().meta().uid());
    }
    return new Contribution(identities.of(found, makers), pending);
  }

  /** Called by the watch's thread. */
  private void podChanged(Pod pod) {
    Owners.Chain _ = owners.of(pod.meta()); // Asked for before its first process connects.
    if (watch.state() == Watch.State.OPEN) { // Otherwise all are reported together.
      changed(new OfPod(pod));
    }
  }

  private void ownerChanged(String uid) {
    changed(
        known -> {
          Container container = known.container();
          Found found =
              pods.find(
                  container == null ? null : container.id(), PodCgroup.uid(known.facts().cgroup()));
          Meta.Owner owner = found == null ? null : found.pod().meta().controller();
          return owner != null && owner.uid().equals(uid);
        });
  }

  private void changed(Predicate<ProcessIdentity> which) {
    Consumer<Predicate<ProcessIdentity>> to = listener;
    if (to != null) {
      to.accept(which);
    }
  }

  private static boolean isInContainer(ProcessIdentity known) {
    return known.container() != null || PodCgroup.uid(known.facts().cgroup()) != null;
  }

  @Override
  public List<SourceStats> stats() {
    Map<String, Long> problems = new HashMap<>(health.counts());
    askedOwners.counts().forEach((reason, count) -> problems.merge(reason, count, Long::sum));
    return List.of(
        new SourceStats(
            name(),
            Map.of("pods", new SourceStats.Cache(0, 0, 0, pods.size()), "owners", owners.stats()),
            problems));
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.interrupt();
    }
    api.close();
    owners.close();
  }
}
