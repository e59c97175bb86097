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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Names containers by what their runtimes say. A runtime is watched once its socket is there; until
 * then nothing of its client is loaded.
 */
public final class ContainerRuntimes implements Contributor {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(2);

  private final List<RuntimeSocket> sockets;
  private final Predicate<String> exportedLabels;
  private final long mostBytes;
  private final Pauses pauses;
  private final List<WatchedRuntime> watched = new CopyOnWriteArrayList<>();
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

  /** Watches each runtime as soon as it has a socket; one that must have one, at once. */
  private void look(Consumer<Set<String>> changed) {
    List<RuntimeSocket> missing = new ArrayList<>(sockets);
    try {
      while (!missing.isEmpty()) {
        for (RuntimeSocket socket : sockets) {
          if (missing.contains(socket) && (socket.expected() || socket.exists())) {
            missing.remove(socket);
            watch(socket, changed);
          }
        }
        looked = true;
        if (!missing.isEmpty()) {
          Thread.sleep(LOOK_EVERY);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    } finally {
      looked = true;
    }
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
    boolean pending = !looked;
    for (WatchedRuntime runtime : watched) {
      if (runtime.has(container.runtime())) {
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
