package io.netspan.enrich.container;

import io.netspan.enrich.Container;
import io.netspan.enrich.Contribution;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.SourceStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Names containers by what their runtimes say. A runtime is watched once its socket is there, one
 * whose client is large only once it is needed; until then nothing of its client is loaded.
 */
public final class ContainerRuntimes implements Contributor {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private final List<RuntimeSocket> sockets;
  private final Predicate<String> exportedLabels;
  private final long mostBytes;
  private final Pauses pauses;
  private final List<WatchedRuntime> watched = new CopyOnWriteArrayList<>();
  private final Semaphore needed = new Semaphore(0);

  /** The runtimes of containers that there were processes in; an unknown one is empty. */
  private final Set<String> seen = ConcurrentHashMap.newKeySet();

  /** Sockets that are there and will be watched once they are needed. */
  private volatile List<RuntimeSocket> unneeded = List.of();

  private volatile boolean looked;
  private @Nullable Thread thread;

  /**
   * Runtimes that are not watched yet.
   *
   * @param sockets where they may be
   * @param exportedLabels the keys of labels that become attributes
   * @param mostBytes of what is remembered of each runtime's containers
   */
  public ContainerRuntimes(
      List<RuntimeSocket> sockets, Predicate<String> exportedLabels, long mostBytes) {
    this(sockets, exportedLabels, mostBytes, Pauses.USUAL);
  }

  ContainerRuntimes(
      List<RuntimeSocket> sockets,
      Predicate<String> exportedLabels,
      long mostBytes,
      Pauses pauses) {
    this.sockets = List.copyOf(sockets);
    this.exportedLabels = exportedLabels;
    this.mostBytes = mostBytes;
    this.pauses = pauses;
  }

  @Override
  public String name() {
    return "container runtimes";
  }

  @Override
  public void start(Consumer<Predicate<ProcessIdentity>> changed) {
    thread =
        Thread.ofPlatform()
            .name("netspan-runtimes")
            .daemon()
            .start(() -> look(ids -> changed.accept(known -> concerns(ids, known))));
  }

  private static boolean concerns(Set<String> ids, ProcessIdentity known) {
    Container container = known.container();
    return container != null && (ids.isEmpty() || ids.contains(container.id()));
  }

  /** Watches each runtime when it is time to, see {@link RuntimeSocket.Start}. */
  private void look(Consumer<Set<String>> changed) {
    List<RuntimeSocket> missing = new ArrayList<>(sockets);
    try {
      while (!missing.isEmpty()) {
        for (RuntimeSocket socket : sockets) {
          if (missing.contains(socket) && isDue(socket)) {
            missing.remove(socket);
            watch(socket, changed);
          }
        }
        unneeded = missing.stream().filter(RuntimeSocket::exists).toList();
        looked = true;
        boolean _ = needed.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    } finally {
      looked = true;
    }
  }

  private boolean isDue(RuntimeSocket socket) {
    return switch (socket.start()) {
      case EXPECTED -> true;
      case FOUND -> socket.exists();
      case NEEDED -> isNeeded(socket) && socket.exists();
    };
  }

  private boolean isNeeded(RuntimeSocket socket) {
    return seen.stream().anyMatch(runtime -> socket.mayHave(runtime.isEmpty() ? null : runtime));
  }

  private void watch(RuntimeSocket socket, Consumer<Set<String>> changed) {
    WatchedRuntime runtime = new WatchedRuntime(socket, exportedLabels, mostBytes, pauses, changed);
    watched.add(runtime);
    runtime.start();
  }

  /** The first runtime that knows the container says what it is. */
  @Override
  public Contribution contribute(ProcessIdentity known) {
    Container container = known.container();
    if (container == null) {
      return Contribution.NOTHING;
    }
    String of = container.runtime();
    if (seen.add(of == null ? "" : of)) {
      needed.release();
    }
    boolean pending = !looked || unneeded.stream().anyMatch(socket -> socket.mayHave(of));
    for (WatchedRuntime runtime : watched) {
      if (runtime.mayHave(of)) {
        Contribution said = runtime.contribute(container.id());
        if (!said.identity().equals(Contribution.NOTHING.identity())) {
          return said;
        }
        pending |= said.pending();
      }
    }
    return pending ? Contribution.PENDING : Contribution.NOTHING;
  }

  @Override
  public List<SourceStats> stats() {
    return watched.stream().map(WatchedRuntime::stats).toList();
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.interrupt();
    }
    watched.forEach(WatchedRuntime::close);
  }
}
