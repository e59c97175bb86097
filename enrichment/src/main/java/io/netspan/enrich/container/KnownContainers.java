package io.netspan.enrich.container;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.AsyncCacheLoader;
import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.netspan.enrich.SourceStats;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The containers and images of one runtime, as far as they were asked for or reported. What is not
 * there is looked up in the background. Bounded in bytes.
 *
 * <p>A container that has been removed stays, since its processes may have spans that are still to
 * be exported. That there is no such container is remembered for a short time only.
 */
final class KnownContainers {
  private static final Duration KEEP = Duration.ofHours(1);
  private static final Duration KEEP_ABSENCE = Duration.ofSeconds(10);
  private static final Duration KEEP_FAILURE = Duration.ofSeconds(2);
  private static final Duration REFRESH_AFTER = Duration.ofMinutes(5);

  private final RuntimeApi api;
  private final Executor lookups;
  private final RuntimeProblems problems;
  private final BooleanSupplier answers;
  private final Consumer<String> changed;
  private final AsyncLoadingCache<String, Found> containers;
  private final AsyncCache<String, ContainerImage> images;

  /** The result of a look-up. */
  sealed interface Found {
    /** The runtime has this container. */
    record Present(ContainerDetails container, CompletableFuture<ContainerImage> image)
        implements Found {}

    /** The runtime has no such container. */
    record Absent() implements Found {}

    /** The runtime did not answer. */
    record Failed() implements Found {}
  }

  /**
   * Nothing is known yet.
   *
   * @param lookups runs look-ups, which block
   * @param answers whether the runtime can be asked
   * @param mostBytes of what is remembered
   * @param changed gets the id of a container about which something became known
   */
  KnownContainers(
      RuntimeApi api,
      Executor lookups,
      RuntimeProblems problems,
      BooleanSupplier answers,
      long mostBytes,
      Consumer<String> changed) {
    this.api = api;
    this.lookups = lookups;
    this.problems = problems;
    this.answers = answers;
    this.changed = changed;
    this.containers =
        Caffeine.newBuilder()
            .maximumWeight(mostBytes)
            .weigher(KnownContainers::weight)
            .expireAfter(new Lifetime())
            .refreshAfterWrite(REFRESH_AFTER)
            .executor(Runnable::run)
            .recordStats()
            .buildAsync(new Loader());
    this.images =
        Caffeine.newBuilder()
            .maximumWeight(mostBytes / 2)
            .weigher((String _, ContainerImage image) -> image.weight())
            .expireAfter(
                Expiry.writing(
                    (String _, ContainerImage image) ->
                        image.equals(ContainerImage.UNKNOWN) ? KEEP_FAILURE : REFRESH_AFTER))
            .executor(Runnable::run)
            .recordStats()
            .buildAsync();
  }

  private static int weight(String id, Found found) {
    return found instanceof Found.Present present ? present.container().weight() : id.length() * 2;
  }

  /** A container; null while it is being looked up. Does not block. */
  @Nullable Found find(String id) {
    return containers.get(id).getNow(null);
  }

  /** As {@link #find}, but null also if it would have to be looked up. */
  @Nullable Found recall(String id) {
    CompletableFuture<Found> known = containers.getIfPresent(id);
    return known == null ? null : known.getNow(null);
  }

  /** Takes what the runtime reports about a container. */
  void present(ContainerDetails reported) {
    CompletableFuture<Found> known = containers.asMap().get(reported.id());
    ContainerDetails container = reported;
    if (known != null
        && known.getNow(null) instanceof Found.Present(ContainerDetails before, var _)) {
      container = reported.completedBy(before);
      if (container.equals(before)) {
        return;
      }
    }
    containers.put(container.id(), CompletableFuture.completedFuture(found(container)));
    if (known != null) {
      changed.accept(container.id());
    }
  }

  private Found found(ContainerDetails container) {
    String reference = container.imageId() == null ? container.image() : container.imageId();
    CompletableFuture<ContainerImage> image =
        reference.isEmpty()
            ? CompletableFuture.completedFuture(ContainerImage.UNKNOWN)
            : images.get(
                reference, (key, _) -> inBackground(() -> image(key), ContainerImage.UNKNOWN));
    if (!image.isDone()) {
      CompletableFuture<Void> _ = image.thenRun(() -> changed.accept(container.id()));
    }
    return new Found.Present(container, image);
  }

  private ContainerImage image(String reference) {
    try {
      ContainerImage image = api.image(reference);
      return image == null ? ContainerImage.UNKNOWN : image;
    } catch (IOException | RuntimeException e) {
      problems.count(e);
      return ContainerImage.UNKNOWN;
    }
  }

  private Found container(String id) {
    try {
      ContainerDetails container = api.container(id);
      return container == null ? new Found.Absent() : found(container);
    } catch (IOException | RuntimeException e) {
      problems.count(e);
      return new Found.Failed();
    }
  }

  private <T> CompletableFuture<T> inBackground(Supplier<T> question, T otherwise) {
    try {
      return CompletableFuture.supplyAsync(question, lookups);
    } catch (RejectedExecutionException e) {
      problems.count(RuntimeProblem.BUSY);
      return CompletableFuture.completedFuture(otherwise);
    }
  }

  /** Forgets the images, whose names have changed. */
  void forgetImages() {
    images.synchronous().invalidateAll();
  }

  /** By what the caches hold. */
  Map<String, SourceStats.Cache> stats() {
    return Map.of(
        "containers", stats(containers.synchronous()), "images", stats(images.synchronous()));
  }

  private static SourceStats.Cache stats(Cache<?, ?> of) {
    CacheStats now = of.stats();
    return new SourceStats.Cache(
        now.hitCount(), now.missCount(), now.evictionCount(), of.estimatedSize());
  }

  /** Looks up containers; a runtime that cannot be asked keeps what is known. */
  private final class Loader implements AsyncCacheLoader<String, Found> {
    @Override
    public CompletableFuture<Found> asyncLoad(String id, Executor executor) {
      CompletableFuture<Found> found = inBackground(() -> container(id), new Found.Failed());
      if (!found.isDone()) {
        CompletableFuture<Void> _ = found.thenRun(() -> changed.accept(id));
      }
      return found;
    }

    @Override
    public CompletableFuture<Found> asyncReload(String id, Found old, Executor executor) {
      return answers.getAsBoolean()
          ? asyncLoad(id, executor).thenApply(now -> now instanceof Found.Present ? now : old)
          : CompletableFuture.completedFuture(old);
    }
  }

  private static final class Lifetime implements Expiry<String, Found> {
    @Override
    public long expireAfterCreate(String id, Found found, long now) {
      return switch (found) {
        case Found.Present _ -> KEEP.toNanos();
        case Found.Absent _ -> KEEP_ABSENCE.toNanos();
        case Found.Failed _ -> KEEP_FAILURE.toNanos();
      };
    }

    @Override
    public long expireAfterUpdate(String id, Found found, long now, long left) {
      return expireAfterCreate(id, found, now);
    }

    @Override
    public long expireAfterRead(String id, Found found, long now, long left) {
      return found instanceof Found.Present ? KEEP.toNanos() : left;
    }
  }
}
