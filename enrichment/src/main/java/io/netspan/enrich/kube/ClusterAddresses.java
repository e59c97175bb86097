package io.netspan.enrich.kube;

import com.github.benmanes.caffeine.cache.Interner;
import io.netspan.enrich.Contribution;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.SourceStats;
import io.netspan.enrich.container.Pauses;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What the services at the addresses of a cluster are called: pods, Services, nodes. Contributes
 * nothing about processes; the names go to a listener, all of them at a time.
 *
 * <p>Each watch begins at a random moment, so that the agents of many nodes, which may be started
 * together, do not all ask for everything at once.
 */
public final class ClusterAddresses implements Contributor {
  private static final Duration START_WITHIN = Duration.ofSeconds(20);
  private static final Duration TOGETHER = Duration.ofSeconds(2);

  private final ApiClient api;
  private final Health health;
  private final Pauses pauses;
  private final Duration startWithin;
  private final Duration together;
  private final Consumer<Map<InetAddress, PeerService>> listener;
  private final Semaphore changes = new Semaphore(0);
  private final Interner<PeerService> names = Interner.newWeakInterner();
  private final PeerStore<Named> pods;
  private final PeerStore<Service> services;
  private final PeerStore<Endpoints> endpoints;
  private final PeerStore<Named> nodes;
  private final List<Watch<?>> watches = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * Addresses that are not watched yet.
   *
   * @param most objects of each kind that are kept
   * @param listener gets the names of all addresses each time that some have changed, on a thread
   *     of this
   */
  public ClusterAddresses(
      ApiServer server, int most, Consumer<Map<InetAddress, PeerService>> listener) {
    this(server, most, listener, Pauses.USUAL, START_WITHIN, TOGETHER);
  }

  ClusterAddresses(
      ApiServer server,
      int most,
      Consumer<Map<InetAddress, PeerService>> listener,
      Pauses pauses,
      Duration startWithin,
      Duration together) {
    this.api = new ApiClient(server);
    this.health = new Health(server.url(), "other ends in the cluster have no names, or old ones,");
    this.listener = listener;
    this.pauses = pauses;
    this.startWithin = startWithin;
    this.together = together;
    this.pods = new PeerStore<>(most, this::compact, changes::release);
    this.nodes = new PeerStore<>(most, this::compact, changes::release);
    this.services = new PeerStore<>(most, service -> service, changes::release);
    this.endpoints = new PeerStore<>(most, each -> each, changes::release);
  }

  /** Many pods are of one service. */
  private Named compact(Named object) {
    return new Named(names.intern(object.service()), object.addresses());
  }

  @Override
  public String name() {
    return "kubernetes_peers";
  }

  @Override
  public void start(Consumer<Predicate<ProcessIdentity>> changed) {
    watch(new Resource<>("pods", "/api/v1/pods", "", PeerReaders.pods()), pods);
    watch(new Resource<>("services", "/api/v1/services", "", PeerReaders.services()), services);
    watch(
        new Resource<>(
            "endpointslices",
            "/apis/discovery.k8s.io/v1/endpointslices",
            "",
            PeerReaders.endpoints()),
        endpoints);
    watch(new Resource<>("nodes", "/api/v1/nodes", "", PeerReaders.nodes()), nodes);
    start("netspan-addresses", this::report);
  }

  private <T> void watch(Resource<T> resource, Store<T> store) {
    Watch<T> watch =
        new Watch<>(api, resource, store, health, pauses, Watch::usualLength, () -> {});
    watches.add(watch);
    start(
        "netspan-" + resource.name(),
        () -> {
          try {
            Thread.sleep(
                Duration.ofMillis(
                    ThreadLocalRandom.current().nextLong(startWithin.toMillis() + 1)));
            watch.run();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt(); // closed
          }
        });
  }

  private void start(String name, Runnable task) {
    threads.add(Thread.ofPlatform().name(name).daemon().start(task));
  }

  /** Reports changes in quick succession together. */
  private void report() {
    try {
      while (true) {
        changes.acquire();
        Thread.sleep(together);
        changes.drainPermits();
        if (isStarting()) { // Names that are known in part would change a moment later.
          changes.release();
        } else {
          listener.accept(named());
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private boolean isStarting() {
    return watches.stream().anyMatch(each -> each.state() == Watch.State.CONNECTING);
  }

  /** Of two objects with one address the more telling counts. */
  private Map<InetAddress, PeerService> named() {
    Map<InetAddress, PeerService> all = new HashMap<>();
    nodes.all().forEach(node -> node.addresses().forEach(at -> all.put(at, node.service())));
    Map<PeerService, Set<PeerService>> behind = new HashMap<>();
    for (Endpoints slice : endpoints.all()) {
      PeerService service = names.intern(new PeerService(slice.service(), slice.namespace()));
      slice.others().forEach(at -> all.put(at, service));
      Set<PeerService> workloads = behind.computeIfAbsent(service, _ -> new HashSet<>());
      for (String uid : slice.pods()) {
        Named pod = pods.get(uid);
        if (pod != null) {
          workloads.add(pod.service());
        }
      }
    }
    for (Service service : services.all()) {
      PeerService own = new PeerService(service.name(), service.namespace());
      Set<PeerService> workloads = behind.getOrDefault(own, Set.of());
      PeerService name = workloads.size() == 1 ? workloads.iterator().next() : names.intern(own);
      service.addresses().forEach(at -> all.put(at, name));
    }
    pods.all().forEach(pod -> pod.addresses().forEach(at -> all.put(at, pod.service())));
    return all;
  }

  @Override
  public Contribution contribute(ProcessIdentity known) {
    return Contribution.NOTHING;
  }

  @Override
  public List<SourceStats> stats() {
    return List.of(
        new SourceStats(
            name(),
            Map.of(
                "pods", entries(pods),
                "services", entries(services),
                "endpointslices", entries(endpoints),
                "nodes", entries(nodes)),
            health.counts()));
  }

  private static SourceStats.Cache entries(PeerStore<?> of) {
    return new SourceStats.Cache(0, 0, 0, of.size());
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    api.close();
  }
}
