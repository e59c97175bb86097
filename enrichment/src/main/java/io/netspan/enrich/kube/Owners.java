package io.netspan.enrich.kube;

import com.fasterxml.jackson.core.JsonParser;
import com.github.benmanes.caffeine.cache.AsyncCacheLoader;
import com.github.benmanes.caffeine.cache.AsyncLoadingCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.stats.CacheStats;
import io.netspan.enrich.SourceStats;
import io.netspan.enrich.json.BoundedInput;
import io.netspan.enrich.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who made the makers of pods: the Deployment of a ReplicaSet, the CronJob of a Job. Each set or
 * job is asked for once, in the background, for its metadata only.
 */
final class Owners implements AutoCloseable {
  private static final String METADATA =
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
  private static final Map<String, String> ASKED =
      Map.of(
          "ReplicaSet", "/apis/apps/v1/namespaces/%s/replicasets/%s",
          "Job", "/apis/batch/v1/namespaces/%s/jobs/%s");
  private static final int LARGEST = 2 << 20;
  private static final int MOST = 4_096;
  private static final int MOST_WAITING = 1_024;
  private static final long IDLE_SECONDS = 10;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  private static final Duration KEEP = Duration.ofHours(1);
  private static final Duration KEEP_FAILURE = Duration.ofSeconds(30);
  private static final Duration REFRESH_AFTER = Duration.ofMinutes(10);

  private final ApiClient api;
  private final Health health;
  private final Consumer<String> changed;
  private final ThreadPoolExecutor thread;
  private final AsyncLoadingCache<Key, Answer> answers;

  /** A set or job. */
  private record Key(String kind, String namespace, String name, String uid) {}

  /**
   * What the API said.
   *
   * @param owner null if there is none
   * @param failed whether it did not say
   */
  private record Answer(Meta.@Nullable Owner owner, boolean failed) {
    static final Answer FAILED = new Answer(null, true);
  }

  /**
   * The makers of a pod, the nearest first.
   *
   * @param complete whether all are known, or will not be
   * @param failed whether some could not be asked for
   */
  record Chain(List<Meta.Owner> owners, boolean complete, boolean failed) {}

  /**
   * Nothing is known yet.
   *
   * @param changed gets the uid of a set or job about which something became known
   */
  Owners(ApiClient api, Health health, Consumer<String> changed) {
    this.api = api;
    this.health = health;
    this.changed = changed;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().name("netspan-owners").daemon().factory());
    thread.allowCoreThreadTimeOut(true);
    this.answers =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfter(
                Expiry.writing((Key _, Answer answer) -> answer.failed() ? KEEP_FAILURE : KEEP))
            .refreshAfterWrite(REFRESH_AFTER)
            .executor(Runnable::run)
            .recordStats()
            .buildAsync(new Loader());
  }

  /** The makers of the object, as far as they are known. Does not block. */
  Chain of(Meta object) {
    Meta.Owner owner = object.controller();
    if (owner == null) {
      return new Chain(List.of(), true, false);
    }
    List<Meta.Owner> owners = new ArrayList<>();
    owners.add(owner);
    if (!ASKED.containsKey(owner.kind())) {
      return new Chain(owners, true, false);
    }
    Answer answer =
        answers
            .get(new Key(owner.kind(), object.namespace(), owner.name(), owner.uid()))
            .getNow(null);
    if (answer != null && answer.owner() != null) {
      owners.add(answer.owner());
    }
    return new Chain(owners, answer != null, answer != null && answer.failed());
  }

  private Answer ask(Key key) {
    String path = ASKED.getOrDefault(key.kind(), "");
    String question = path.formatted(Encoded.of(key.namespace()), Encoded.of(key.name()));
    try (InputStream body = api.get(question, METADATA, ANSWER_WITHIN);
        JsonParser parser = Json.parser(new BoundedInput(body, LARGEST))) {
      MetaReader meta = new MetaReader(_ -> false);
      parser.nextToken();
      Json.members(
          parser,
          (member, value) -> {
            if (member.equals("metadata")) {
              meta.read(value);
            } else {
              value.skipChildren();
            }
          });
      health.opened(key.kind());
      return new Answer(meta.meta().controller(), false);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // closed
      return Answer.FAILED;
    } catch (IOException | RuntimeException e) {
      KubeFailure failure = KubeFailure.of(e);
      health.count(failure.problem());
      if (failure.problem() == KubeProblem.FORBIDDEN) {
        health.failed(key.kind(), failure);
      }
      return Answer.FAILED;
    }
  }

  SourceStats.Cache stats() {
    CacheStats now = answers.synchronous().stats();
    return new SourceStats.Cache(
        now.hitCount(),
        now.missCount(),
        now.evictionCount(),
        answers.synchronous().estimatedSize());
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** Asks in the background; what was known stays if there is no answer. */
  private final class Loader implements AsyncCacheLoader<Key, Answer> {
    @Override
    public CompletableFuture<Answer> asyncLoad(Key key, Executor executor) {
      CompletableFuture<Answer> answer;
      try {
        answer = CompletableFuture.supplyAsync(() -> ask(key), thread);
      } catch (RejectedExecutionException _) {
        return CompletableFuture.completedFuture(Answer.FAILED);
      }
      CompletableFuture<Void> _ = answer.thenRun(() -> changed.accept(key.uid()));
      return answer;
    }

    @Override
    public CompletableFuture<Answer> asyncReload(Key key, Answer old, Executor executor) {
      return asyncLoad(key, executor).thenApply(now -> now.failed() ? old : now);
    }
  }
}
