package io.netspan.receiver.agent;

import io.netspan.bpf.sockdiag.SockDiagException;
import io.netspan.config.env.ExporterSelection.Endpoint;
import io.netspan.receiver.poll.SocketPoller;
import io.netspan.receiver.tcp.Reconciler;
import io.netspan.receiver.telemetry.EpochOffset;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Watches by looking at all sockets again and again, without the kernel programs. */
final class PollWatcher implements Watcher {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final Path PROC = Path.of("/proc");

  /** How long it may take until it notices that it is to stop. */
  private static final long LONGEST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final SocketPoller poller;
  private final EpochOffset epoch;
  private final Duration interval;
  private volatile boolean stopping;

  private PollWatcher(SocketPoller poller, EpochOffset epoch, Duration interval) {
    this.poller = poller;
    this.epoch = epoch;
    this.interval = interval;
  }

  /**
   * Ready to {@link #run}.
   *
   * @param again whether it was watched in another way before this
   * @throws SockDiagException if the kernel cannot be asked for sockets
   */
  static PollWatcher start(
      Duration interval,
      boolean includeSelf,
      List<Endpoint> backends,
      boolean again,
      Reconciler reconciler,
      EpochOffset epoch) {
    int self = includeSelf ? 0 : Math.toIntExact(ProcessHandle.current().pid());
    return new PollWatcher(
        new SocketPoller(reconciler, PROC, self, addresses(backends), again), epoch, interval);
  }

  private static Set<InetSocketAddress> addresses(List<Endpoint> backends) {
    Set<InetSocketAddress> all = new HashSet<>();
    for (Endpoint backend : backends) {
      try {
        for (InetAddress address : InetAddress.getAllByName(backend.host())) {
          all.add(new InetSocketAddress(address, backend.port()));
        }
      } catch (UnknownHostException e) {
        // The exporter will say so.
      }
    }
    return all;
  }

  @Override
  public void run() {
    long nextNs = System.nanoTime();
    firstLook();
    while (true) {
      nextNs = Math.max(nextNs + interval.toNanos(), System.nanoTime());
      awaitDestroyedUntil(nextNs);
      if (stopping) {
        return;
      }
      look();
    }
  }

  private void firstLook() {
    long began = System.nanoTime();
    look();
    LOG.log(
        System.Logger.Level.INFO,
        "found {0} TCP sockets open ({1} ms)",
        Integer.toString(poller.open()),
        Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
  }

  private void look() {
    epoch.measure();
    poller.look();
  }

  private void awaitDestroyedUntil(long ns) {
    while (!stopping && ns - System.nanoTime() > 0) {
      poller.await(Math.min(LONGEST_WAIT_NS, ns - System.nanoTime()));
      poller.takeDestroyed();
    }
  }

  @Override
  public void stop() {
    stopping = true;
  }

  @Override
  public void finish() {
    poller.takeDestroyed();
  }

  @Override
  public void giveUp() {}

  @Override
  public List<Loss> losses() {
    return List.of(
        poll("malformed", poller.counters().malformed()),
        poll("dump_interrupted", poller.counters().dumpInterrupted()),
        poll("dump_failed", poller.counters().dumpFailed()),
        poll("destroy_overflow", poller.counters().destroyOverflow()),
        poll("peer_forgotten", poller.peerForgotten()),
        poll("namespaces_denied", poller.namespacesDenied()),
        poll("descriptors_denied", poller.descriptorsDenied()),
        poll("descriptors_left_out", poller.descriptorsLeftOut()));
  }

  private static Loss poll(String reason, long count) {
    return new Loss("poll", reason, count);
  }

  @Override
  public double bufferUsage() {
    return 0;
  }

  /** What it will see, and what it will not, as far as that depends on this machine. */
  @Override
  public String describe() {
    List<String> parts = new ArrayList<>();
    parts.add("polling open sockets every " + interval.toMillis() + " ms");
    parts.add(
        poller.tellsOfDestroyed()
            ? "the kernel tells of those that end in between"
            : "connections that come and go in between are not seen");
    parts.addAll(limits(Capabilities.effective(status())));
    return String.join("; ", parts);
  }

  /** What is not seen for want of capabilities, with the mend. */
  static List<String> limits(Capabilities held) {
    List<String> limits = new ArrayList<>();
    List<String> processes = held.missingForProcesses();
    if (!held.entersNamespaces()) {
      limits.add("of this network namespace only, since CAP_SYS_ADMIN is missing");
    }
    if (!processes.isEmpty()) {
      limits.add(
          "other users' processes are not told as owners, since "
              + String.join(" and ", processes)
              + (processes.size() == 1 ? " is missing" : " are missing"));
    }
    return limits;
  }

  private static String status() {
    try {
      return Files.readString(PROC.resolve("self/status"));
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    poller.close();
  }
}
