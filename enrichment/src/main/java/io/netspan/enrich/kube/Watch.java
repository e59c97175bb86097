package io.netspan.enrich.kube;

import io.netspan.enrich.container.Pauses;
import io.netspan.enrich.kube.ObjectReader.Versioned;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Keeps a store as the API has it: lists the objects once, then reads their changes, until the
 * server ends the stream, which it does every few minutes; the next one begins where that ended.
 *
 * <p>The first list is taken from the server's cache. If the server has forgotten the version from
 * which the watch should go on, everything is listed again, this time as of now: another cache
 * might be further behind. After a failure there is a pause, twice as long each time and up to half
 * longer or shorter, since all agents of a cluster see the same failure.
 */
final class Watch<T> {
  private static final String JSON = "application/json";
  private static final String FROM_CACHE = "&resourceVersion=0";
  private static final int LARGEST_OBJECT = 8 << 20;
  private static final int MOST_PAGES = 10_000;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);

  /** After so many failures of these kinds everything is listed again. */
  private static final int PATIENCE = 3;

  private static final Set<KubeProblem> UNUSABLE =
      EnumSet.of(KubeProblem.REFUSED, KubeProblem.MALFORMED, KubeProblem.TOO_LARGE);

  private static final Duration PAGE_WITHIN = Duration.ofMinutes(2);

  /** Beyond the time after which the server ends a watch. */
  private static final Duration LATE = Duration.ofSeconds(30);

  private final ApiClient api;
  private final Resource<T> resource;
  private final Store<T> store;
  private final Health health;
  private final Pauses pauses;
  private final Supplier<Duration> watchFor;
  private final Runnable changed;
  private volatile State state = State.CONNECTING;

  // The thread's own.
  private String version = "";
  private boolean forgotten;
  private long openedNs;
  private int failures;

  /** Whether what the store has is true. */
  enum State {
    /** It may answer at any moment. */
    CONNECTING,
    OPEN,
    /** It does not answer. */
    AWAY
  }

  /**
   * A watch that does not run yet.
   *
   * @param watchFor how long the next stream is to last
   * @param changed called when the state has changed
   */
  Watch(
      ApiClient api,
      Resource<T> resource,
      Store<T> store,
      Health health,
      Pauses pauses,
      Supplier<Duration> watchFor,
      Runnable changed) {
    this.api = api;
    this.resource = resource;
    this.store = store;
    this.health = health;
    this.pauses = pauses;
    this.watchFor = watchFor;
    this.changed = changed;
  }

  /** Four to eight minutes, so the streams of many agents do not end together. */
  static Duration usualLength() {
    return Duration.ofSeconds(ThreadLocalRandom.current().nextLong(240, 480));
  }

  State state() {
    return state;
  }

  /** Watches until the thread is interrupted. */
  void run() {
    try {
      while (true) {
        if (!goOn()) {
          Thread.sleep(scattered(pauses.after(failures)));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private static Duration scattered(Duration pause) {
    long millis = pause.toMillis();
    return Duration.ofMillis(millis / 2 + ThreadLocalRandom.current().nextLong(millis + 1));
  }

  /** Reads one stream to its end; false if a pause is due. */
  private boolean goOn() throws InterruptedException {
    try {
      if (version.isEmpty()) {
        list();
      }
      watch();
      if (isSteady()) {
        failures = 0;
        return true;
      }
      throw new KubeFailure(KubeProblem.CLOSED, "the stream of events ended at once");
    } catch (IOException | RuntimeException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      failed(KubeFailure.of(e));
      return false;
    }
  }

  private boolean isSteady() {
    return state == State.OPEN && System.nanoTime() - openedNs > pauses.steady().toNanos();
  }

  private void list() throws IOException, InterruptedException {
    Set<String> uids = new HashSet<>();
    ListReader<T> reader =
        new ListReader<>(resource.reader(), each -> put(each, uids), LARGEST_OBJECT);
    String from = forgotten ? "" : FROM_CACHE;
    for (int pages = 0; pages < MOST_PAGES; pages++) {
      ListReader.End end = within(PAGE_WITHIN, resource.list(from), reader::read);
      if (end.next().isEmpty()) {
        store.complete(uids);
        version = end.version();
        forgotten = false;
        return;
      }
      from = "&continue=" + Encoded.of(end.next());
    }
    throw new KubeFailure(KubeProblem.TOO_LARGE, "the list has no end");
  }

  private void put(Versioned<T> each, Set<String> uids) {
    if (!store.put(each.uid(), each.object())) {
      health.overflowed(resource.name());
    } else {
      uids.add(each.uid());
    }
  }

  private void watch() throws IOException, InterruptedException {
    Duration length = watchFor.get();
    EventReader<T> reader = new EventReader<>(resource.reader(), this::take, LARGEST_OBJECT);
    within(
        length.plus(LATE),
        resource.watch(version, Math.max(1, length.toSeconds())),
        stream -> {
          opened();
          reader.read(stream);
          return version;
        });
  }

  private void take(String type, Versioned<T> event) throws KubeFailure {
    switch (type) {
      case "ADDED", "MODIFIED" -> {
        if (!store.put(event.uid(), event.object())) {
          health.overflowed(resource.name());
        }
      }
      case "DELETED" -> store.remove(event.uid());
      case "BOOKMARK" -> {}
      default -> throw new KubeFailure(KubeProblem.MALFORMED, "an event has an unknown type");
    }
    if (!event.version().isEmpty()) {
      version = event.version();
    }
  }

  /** Reads an answer. */
  private interface Read<R> {
    R read(InputStream body) throws IOException;
  }

  /** Asks, and ends the answer if it takes longer than this. */
  private <R> R within(Duration time, String question, Read<R> read)
      throws IOException, InterruptedException {
    try (InputStream body = api.get(question, JSON, ANSWER_WITHIN)) {
      Executor late = CompletableFuture.delayedExecutor(time.toMillis(), TimeUnit.MILLISECONDS);
      CompletableFuture<Void> end = CompletableFuture.runAsync(() -> close(body), late);
      try {
        return read.read(body);
      } catch (IOException e) {
        throw end.isDone()
            ? new KubeFailure(KubeProblem.SLOW, "no end within " + time.toSeconds() + " s", e)
            : e;
      } finally {
        end.cancel(false);
      }
    }
  }

  private static void close(InputStream body) {
    try {
      body.close();
    } catch (IOException _) {
      // Its reader notices.
    }
  }

  private void opened() {
    openedNs = System.nanoTime();
    health.opened(resource.name());
    setState(State.OPEN);
  }

  private void failed(KubeFailure failure) {
    health.count(failure.problem());
    if (isSteady()) {
      failures = 0;
    }
    failures++;
    if (failure.problem() == KubeProblem.GONE) {
      version = "";
      forgotten = true;
    } else if (failures > PATIENCE && UNUSABLE.contains(failure.problem())) {
      version = ""; // Perhaps it is of a server whose data were restored from a copy.
    }
    // A server that was restarted, or a stream that was cut, is not worth a line.
    boolean isFirst = state == State.OPEN && failures == 1;
    if (!isFirst) {
      health.failed(resource.name(), failure);
    }
    setState(isFirst ? State.CONNECTING : State.AWAY);
  }

  private void setState(State now) {
    if (state != now) {
      state = now;
      changed.run();
    }
  }
}
