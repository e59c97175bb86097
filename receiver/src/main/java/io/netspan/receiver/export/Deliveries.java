package io.netspan.receiver.export;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to one backend, each on its own virtual thread, and retries those that may succeed
 * later. When the backend asks for a delay before a retry, all requests are held back, so that the
 * SDK's queue is not emptied into a backend that refuses.
 *
 * @param <A> an answer of the backend
 */
final class Deliveries<A> {
  /**
   * Usually there is one; there are more if a request takes longer than the SDK waits for its
   * result.
   */
  private static final int MOST_AT_ONCE = 8;

  private static final Duration SHUTDOWN_WITHIN = Duration.ofSeconds(2);
  private static final double JITTER = 0.2;

  /** One attempt to send a request. It ends within the given time. */
  @FunctionalInterface
  interface Attempt<A> {
    Outcome<A> send(Duration within) throws InterruptedException;
  }

  /** A time before which nothing is sent, and the outcome that asked for it. */
  private record Closed<A>(long untilNs, Outcome<A> because) {}

  private final long timeoutNs;
  private final @Nullable RetryPolicy policy;
  private final Semaphore free = new Semaphore(MOST_AT_ONCE);
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private volatile @Nullable Closed<A> closed;

  /**
   * Creates the deliveries to one backend.
   *
   * @param timeout the timeout of each request, all its attempts included
   * @param policy how often and how soon a request is retried; null for one attempt
   */
  Deliveries(Duration timeout, @Nullable RetryPolicy policy) {
    // Bounded so that no sum with System.nanoTime() overflows.
    this.timeoutNs = Math.min(timeout.toNanos(), Long.MAX_VALUE / 4);
    this.policy = policy;
  }

  /**
   * Starts a request and returns at once. One of the two consumers is called when the request has
   * ended.
   */
  void start(Attempt<A> attempt, Consumer<A> onAnswer, Consumer<Throwable> onError) {
    if (!free.tryAcquire()) {
      onError.accept(new IOException(MOST_AT_ONCE + " requests are still without an answer"));
      return;
    }
    Thread thread =
        Thread.ofVirtual().name("netspan-otlp").unstarted(() -> run(attempt, onAnswer, onError));
    threads.add(thread);
    thread.start();
  }

  private void run(Attempt<A> attempt, Consumer<A> onAnswer, Consumer<Throwable> onError) {
    Outcome<A> outcome;
    try {
      outcome = deliver(attempt);
    } catch (RuntimeException e) {
      outcome = Outcome.failed(e, false);
    }
    free.release();
    A answer = outcome.answer();
    if (answer != null) {
      onAnswer.accept(answer);
    } else {
      Throwable error = outcome.error();
      onError.accept(error == null ? new IOException("no answer") : error);
    }
    threads.remove(Thread.currentThread());
  }

  /**
   * Sends the request until an attempt succeeds or the timeout expires. If the thread is
   * interrupted, the outcome of the last attempt is that of the request.
   */
  private Outcome<A> deliver(Attempt<A> attempt) {
    Outcome<A> last =
        Outcome.failed(new IOException("stopped before there was an answer"), /* again= */ false);
    long deadline = System.nanoTime() + timeoutNs;
    int most = policy == null ? 1 : policy.getMaxAttempts();
    double backoffNs = policy == null ? 0 : policy.getInitialBackoff().toNanos();
    try {
      for (int attempts = 1; ; attempts++) {
        Closed<A> refusing = waitUntilOpen(deadline);
        if (refusing != null) {
          return refusing.because();
        }
        last = attempt.send(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        close(last);
        if (!last.again() || attempts >= most || policy == null) {
          return last;
        }
        if (last.delay().isEmpty()) {
          long pause = jittered(Math.min(backoffNs, (double) policy.getMaxBackoff().toNanos()));
          if (pause >= deadline - System.nanoTime()) {
            return last;
          }
          TimeUnit.NANOSECONDS.sleep(pause);
          backoffNs *= policy.getBackoffMultiplier();
        }
      }
    } catch (InterruptedException e) {
      return last;
    }
  }

  /** Holds requests back for the delay that the backend asked for. */
  private void close(Outcome<A> outcome) {
    outcome
        .delay()
        .ifPresent(delay -> closed = new Closed<>(System.nanoTime() + delay.toNanos(), outcome));
  }

  /**
   * Waits until requests may be sent, and returns null; if the request's timeout expires first,
   * returns what holds it back.
   */
  private @Nullable Closed<A> waitUntilOpen(long deadline) throws InterruptedException {
    while (true) {
      Closed<A> now = closed;
      long time = System.nanoTime();
      if (now == null || now.untilNs() - time <= 0) {
        return null;
      }
      if (deadline - time <= 0) {
        return now;
      }
      TimeUnit.NANOSECONDS.sleep(Math.min(now.untilNs() - time, deadline - time));
    }
  }

  private static long jittered(double ns) {
    return (long) (ns * ThreadLocalRandom.current().nextDouble(1 - JITTER, 1 + JITTER));
  }

  /** Waits a moment for the requests in flight, then stops them. */
  CompletableResultCode shutdown(Runnable then) {
    CompletableResultCode result = new CompletableResultCode();
    Thread.ofVirtual()
        .name("netspan-otlp-stop")
        .start(
            () -> {
              long deadline = System.nanoTime() + SHUTDOWN_WITHIN.toNanos();
              try {
                for (Thread thread : threads) {
                  thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
                  thread.interrupt();
                }
              } catch (InterruptedException e) {
                threads.forEach(Thread::interrupt);
              }
              then.run();
              result.succeed();
            });
    return result;
  }
}
