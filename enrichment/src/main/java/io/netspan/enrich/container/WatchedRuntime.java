package io.netspan.enrich.container;

import io.netspan.enrich.Contribution;
import io.netspan.enrich.PartialIdentity;
import io.netspan.enrich.SourceStats;
import io.netspan.enrich.container.KnownContainers.Found;
import io.netspan.enrich.secret.Untrusted;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One runtime whose socket is there: watches it on a thread of its own, and looks up what the
 * events did not say on two more, which end when there is nothing to do.
 *
 * <p>A stream that ends is opened again, at first after a second, then after longer pauses. A
 * runtime that is restarted is not worth a line; one that stays away is, once.
 */
final class WatchedRuntime implements RuntimeEvents, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.enrich");
  private static final int LOOKUP_THREADS = 2;
  private static final int MOST_WAITING = 1_024;
  private static final long IDLE_SECONDS = 10;
  private static final int LONGEST_DETAIL = 200;

  private final RuntimeSocket socket;
  private final RuntimeApi api;
  private final Pauses pauses;
  private final KnownContainers containers;
  private final ContainerIdentity identities;
  private final Consumer<Set<String>> changed;
  private final RuntimeProblems problems;
  private final ThreadPoolExecutor lookups;
  private final Thread thread;
  private volatile State state = State.CONNECTING;

  // The thread's own.
  private Said said = Said.NOTHING;
  private long openedNs;
  private int failures;

  private enum State {
    /** It may answer at any moment. */
    CONNECTING,
    OPEN,
    /** It did not answer. */
    AWAY
  }

  private enum Said {
    NOTHING,
    PROBLEM,
    RECOVERY
  }

  /**
   * A runtime that is not watched yet.
   *
   * @param changed gets the ids of containers about which something became known; empty stands for
   *     all
   */
  WatchedRuntime(
      RuntimeSocket socket,
      Predicate<String> exportedLabels,
      long mostBytes,
      Pauses pauses,
      Consumer<Set<String>> changed) {
    this.socket = socket;
    this.pauses = pauses;
    this.changed = changed;
    this.problems = new RuntimeProblems(socket.path());
    this.identities = new ContainerIdentity(exportedLabels);
    this.api = socket.api().apply(socket.path(), WantedLabels.with(exportedLabels));
    this.lookups = threads("netspan-" + socket.name() + "-lookup");
    this.containers =
        new KnownContainers(
            api,
            lookups,
            problems,
            () -> state == State.OPEN,
            mostBytes,
            id -> changed.accept(Set.of(id)));
    this.thread =
        Thread.ofPlatform().name("netspan-" + socket.name()).daemon().unstarted(this::run);
  }

  private static ThreadPoolExecutor threads(String name) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            LOOKUP_THREADS,
            LOOKUP_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().name(name).daemon().factory());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  void start() {
    thread.start();
  }

  /** Says what is known about a container. Does not block. */
  Contribution contribute(String id) {
    return switch (state) {
      case OPEN -> contribution(containers.find(id));
      case CONNECTING -> contribution(containers.recall(id));
      case AWAY -> {
        Found known = containers.recall(id);
        yield known == null ? Contribution.NOTHING : contribution(known);
      }
    };
  }

  private Contribution contribution(@Nullable Found found) {
    return switch (found) {
      case null -> Contribution.PENDING;
      case Found.Present(ContainerDetails container, var image) -> {
        PartialIdentity known =
            identities.of(container, image.getNow(ContainerImage.UNKNOWN), runtime());
        yield new Contribution(known, !image.isDone());
      }
      case Found.Absent _, Found.Failed _ -> Contribution.NOTHING;
    };
  }

  /** What the runtime is called, where the socket is of one only. */
  private @Nullable String runtime() {
    return socket.runtimes().size() == 1 ? socket.runtimes().iterator().next() : null;
  }

  boolean mayHave(@Nullable String runtime) {
    return socket.mayHave(runtime);
  }

  @Override
  public void opened() {
    openedNs = System.nanoTime();
    if (said == Said.PROBLEM) {
      said = Said.RECOVERY;
      LOG.log(System.Logger.Level.INFO, "{0} at {1} answers again", socket.name(), socket.path());
    }
    state = State.OPEN;
    changed.accept(Set.of());
  }

  @Override
  public void present(ContainerDetails container) {
    containers.present(container);
  }

  @Override
  public void imagesChanged() {
    containers.forgetImages();
  }

  @Override
  public void ignored(RuntimeProblem why) {
    problems.count(why);
  }

  private void run() {
    try {
      while (true) {
        watch();
        Thread.sleep(pauses.after(failures));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void watch() throws InterruptedException {
    try {
      api.watch(this);
      failed(RuntimeProblem.CLOSED, "the stream of events ended");
    } catch (IOException | RuntimeException | LinkageError e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      String message = e.getMessage();
      failed(problems.of(e), message == null ? e.toString() : message);
    }
  }

  private void failed(RuntimeProblem problem, String detail) {
    problems.count(problem);
    boolean wasOpen = state == State.OPEN;
    if (wasOpen && System.nanoTime() - openedNs > pauses.steady().toNanos()) {
      failures = 0;
      said = Said.NOTHING;
    }
    failures++;
    boolean perhapsRestarted = wasOpen && failures == 1;
    if (said == Said.NOTHING && !perhapsRestarted) {
      said = Said.PROBLEM;
      LOG.log(
          isOnlyLeftBehind(problem) ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING,
          "{0} at {1}: {2} ({3}); its containers have no names until it answers, which is tried"
              + " again and again",
          socket.name(),
          socket.path(),
          problem.sentence(),
          Untrusted.text(detail, LONGEST_DETAIL));
    }
    state = perhapsRestarted ? State.CONNECTING : State.AWAY;
    changed.accept(Set.of());
  }

  /** Whether the socket may be a file of a runtime that does not run, and that nobody asked for. */
  private boolean isOnlyLeftBehind(RuntimeProblem problem) {
    return problem == RuntimeProblem.UNREACHABLE
        && openedNs == 0
        && socket.start() != RuntimeSocket.Start.EXPECTED;
  }

  SourceStats stats() {
    return new SourceStats(socket.name(), containers.stats(), problems.counts());
  }

  @Override
  public void close() {
    thread.interrupt();
    api.close();
    lookups.shutdownNow();
  }
}
