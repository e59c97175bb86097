package io.netspan.receiver.agent;

import io.netspan.config.AddressRange;
import io.netspan.config.AgentSettings;
import io.netspan.config.HostsFile;
import io.netspan.config.NamedPipe;
import io.netspan.config.NamedRange;
import io.netspan.enrich.kube.PeerService;
import io.netspan.receiver.net.Address;
import io.netspan.receiver.pair.PeerNames;
import io.netspan.receiver.workload.PeerName;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the names of other ends: ranges of the settings, the addresses of a cluster, and a hosts
 * file, which a thread reads again when it has changed.
 */
final class PeerNaming implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final Duration CHECK_EVERY = Duration.ofSeconds(5);
  private static final int IPV4_BITS = 32;
  private static final int IPV6_BITS = 128;

  private final PeerNames names = new PeerNames();
  private final List<PeerNames.Range> ranges;
  private final @Nullable Path hosts;
  private final Duration checkEvery;
  private final Thread thread =
      Thread.ofPlatform().name("netspan-hosts").daemon().unstarted(this::watch);
  private @Nullable State read;
  private List<String> reported = List.of();

  /** Of the hosts file. */
  private List<PeerNames.Range> ofHosts = List.of();

  private List<PeerNames.Range> ofCluster = List.of();

  /** Those of before, since a name that is met is a service from then on. */
  private Map<PeerService, PeerName> clusterNames = Map.of();

  /** What shows that a file has changed: an editor or an orchestrator may replace it. */
  private record State(@Nullable Object key, long size, long modified) {
    static State of(Path file) throws IOException {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new State(now.fileKey(), now.size(), now.lastModifiedTime().toMillis());
    }
  }

  private PeerNaming(List<NamedRange> named, @Nullable Path hosts, Duration checkEvery) {
    ranges = named.stream().map(PeerNaming::range).toList();
    this.hosts = hosts;
    this.checkEvery = checkEvery;
    names.replace(ranges);
    if (hosts != null) {
      refresh(hosts);
    }
  }

  /** Reads all names, and watches the hosts file. */
  static PeerNaming start(AgentSettings settings) {
    return start(settings, CHECK_EVERY);
  }

  static PeerNaming start(AgentSettings settings, Duration checkEvery) {
    Path hosts =
        switch (settings.peers().hosts()) {
          case HostsFile.Off() -> null;
          case HostsFile.At(Path file) -> file;
          case HostsFile.OfMachine() ->
              settings.hostRoot().orElse(Path.of("/")).resolve("etc/hosts");
        };
    PeerNaming naming = new PeerNaming(settings.peers().names(), hosts, checkEvery);
    if (hosts != null) {
      naming.thread.start();
    }
    return naming;
  }

  PeerNames names() {
    return names;
  }

  private static PeerNames.Range range(NamedRange named) {
    AddressRange range = named.range();
    return new PeerNames.Range(
        range.ipv6(),
        range.high(),
        range.low(),
        range.prefixLength(),
        new PeerName(named.name(), PeerName.Provenance.CIDR));
  }

  private static PeerNames.Range range(Map.Entry<InetAddress, String> host) {
    return range(
        Address.of(host.getKey()), new PeerName(host.getValue(), PeerName.Provenance.HOSTS));
  }

  private static PeerNames.Range range(Address address, PeerName name) {
    return new PeerNames.Range(
        address.ipv6(),
        address.high(),
        address.low(),
        address.ipv6() ? IPV6_BITS : IPV4_BITS,
        name);
  }

  private void watch() {
    try {
      while (hosts != null) {
        Thread.sleep(checkEvery);
        refresh(hosts);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the agent stops
    }
  }

  /**
   * A file that cannot be read, or is no more, has no names: those of before may be wrong by now.
   */
  private void refresh(Path file) {
    State now = null;
    io.netspan.enrich.proc.HostsFile.Content content =
        io.netspan.enrich.proc.HostsFile.Content.EMPTY;
    try {
      now = State.of(file);
      if (now.equals(read)) {
        return;
      }
      if (NamedPipe.is(file)) {
        report(file, List.of("it is a named pipe"));
      } else {
        content = io.netspan.enrich.proc.HostsFile.read(file);
        report(file, content.problems());
      }
    } catch (NoSuchFileException e) {
      report(file, List.of());
    } catch (IOException e) {
      report(file, List.of("it cannot be read (" + e + ")"));
    }
    read = now;
    List<PeerNames.Range> found =
        content.names().entrySet().stream().map(PeerNaming::range).toList();
    synchronized (this) {
      ofHosts = found;
      replace();
    }
  }

  /** Takes the names of all addresses of a cluster, which replace those of before. */
  synchronized void cluster(Map<InetAddress, PeerService> services) {
    Map<PeerService, PeerName> now = new HashMap<>();
    List<PeerNames.Range> all = new ArrayList<>(services.size());
    services.forEach(
        (address, service) -> {
          PeerName name = now.computeIfAbsent(service, this::nameOf);
          all.add(range(Address.of(address), name));
        });
    ofCluster = all;
    clusterNames = now;
    replace();
  }

  private PeerName nameOf(PeerService service) {
    PeerName before = clusterNames.get(service);
    return before != null
        ? before
        : new PeerName(service.name(), service.namespace(), PeerName.Provenance.KUBERNETES);
  }

  /** Of two names of one address the first counts. */
  private void replace() {
    List<PeerNames.Range> all = new ArrayList<>(ranges);
    all.addAll(ofCluster);
    all.addAll(ofHosts);
    names.replace(all);
  }

  private void report(Path file, List<String> problems) {
    if (!problems.isEmpty() && !problems.equals(reported)) {
      LOG.log(
          System.Logger.Level.WARNING,
          "names of other machines in {0}: {1}; correct the file, or name another by --hosts-file",
          file,
          String.join("; ", problems));
    }
    reported = problems;
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
