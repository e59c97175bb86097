package io.netspan.receiver.poll;

import io.netspan.config.TimeSpan;
import io.netspan.receiver.source.Loss;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.telemetry.EpochOffset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Watches connections by repeated scans of all sockets, without the kernel programs. */
public final class PollSession implements Session {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  static final Path PROC = Path.of("/proc");

  /** The longest time until the session notices that it should stop. */
  private static final long LONGEST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(100);

  private final SocketPoller poller;
  private final EpochOffset epoch;
  private final Duration interval;
  private final Turn turn;
  private volatile boolean stopping;

  PollSession(SocketPoller poller, EpochOffset epoch, Duration interval, Turn turn) {
    this.poller = poller;
    this.epoch = epoch;
    this.interval = interval;
    this.turn = turn;
  }

  @Override
  public void run() {
    long nextNs = System.nanoTime();
    firstScan();
    while (true) {
      nextNs = Math.max(nextNs + interval.toNanos(), System.nanoTime());
      awaitDestroyedUntil(nextNs);
      if (stopping) {
        return;
      }
      scan();
    }
  }

  private void firstScan() {
    long began = System.nanoTime();
    scan();
    LOG.log(
        System.Logger.Level.INFO,
        "open connection sides: {0} (scanned in {1} ms)",
        Integer.toString(poller.tracked()),
        Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
  }

  private void scan() {
    turn.run(
        () -> {
          epoch.measure();
          poller.scan();
        });
  }

  private void awaitDestroyedUntil(long ns) {
    while (!stopping && ns - System.nanoTime() > 0) {
      poller.await(Math.min(LONGEST_WAIT_NS, ns - System.nanoTime()));
      turn.run(poller::takeDestroyedAndReport);
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
  public List<Loss> losses() {
    return List.of(
        poll("malformed", poller.counters().malformed()),
        poll("dump_interrupted", poller.counters().dumpInterrupted()),
        poll("dump_failed", poller.counters().dumpFailed()),
        poll("find_failed", poller.counters().findFailed()),
        poll("destroy_overflow", poller.counters().destroyOverflow()),
        poll("peer_forgotten", poller.peerForgotten()),
        poll("ended_forgotten", poller.endedForgotten()),
        poll("namespaces_denied", poller.namespacesDenied()),
        poll("descriptors_denied", poller.descriptorsDenied()),
        poll("descriptors_left_out", poller.descriptorsLeftOut()));
  }

  private static Loss poll(String reason, long count) {
    return new Loss("poll", reason, count);
  }

  /** What polling can see on this machine, and what it cannot. */
  @Override
  public String describe() {
    List<String> parts = new ArrayList<>();
    parts.add("polling open sockets every " + TimeSpan.written(interval));
    parts.add(
        poller.reportsDestroyed()
            ? "the kernel also reports sockets that close between two scans"
            : "connections between two scans are not seen");
    parts.addAll(limits(Capabilities.effective(status())));
    return String.join("; ", parts);
  }

  /** What polling cannot see because capabilities are missing, and which ones. */
  public static List<String> limits(Capabilities held) {
    List<String> limits = new ArrayList<>();
    List<String> processes = held.missingForProcesses();
    if (!held.entersNamespaces()) {
      limits.add("only this network namespace is seen, because CAP_SYS_ADMIN is missing");
    }
    if (!processes.isEmpty()) {
      limits.add(
          "other users' processes are not known as owners, because "
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
