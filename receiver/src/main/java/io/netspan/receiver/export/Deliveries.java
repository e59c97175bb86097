package io.netspan.receiver.export;

import io.netspan.config.ByteSize;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of one exporter to its backend, one after the other on one virtual thread. A
 * request that may succeed later stays first in the {@link Backlog} and is sent again, after an
 * exponential backoff or the delay that the backend asks for, until it succeeds, is refused for
 * good, is dropped by the backlog's bound, or the exporter is shut down. Attempts are not counted.
 *
 * @param <A> an answer of the backend
 */
final class Deliveries<A> {
  private static final System.Logger LOG = System.getLogger("netspan.export");

  /** How long requests are still sent after the shutdown. */
  private static final Duration SHUTDOWN_WITHIN = Duration.ofSeconds(3);

  /** The time between two attempts after the shutdown. */
  private static final Duration HURRIED = Duration.ofMillis(200);

  /** So many requests wait as they are: compressing one costs more than sending it. */
  private static final int UNPACKED = 3;

  private static final double JITTER = 0.2;
  private static final int LONGEST_PROBLEM = 300;

  /** One attempt to send a request. It ends within the given time. */
  @FunctionalInterface
  interface Attempt<A> {
    Outcome<A> send(byte[] body, Duration within) throws InterruptedException;
  }

  private final DeliverySettings settings;
  private final String backend;
  private final Duration timeout;
  private final @Nullable RetryPolicy policy;
  private final Attempt<A> attempt;
  private final Backlog<A> backlog;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private boolean started;

  // The following belong to the thread.
  private double backoffNs;
  private boolean failing;
  private long pauseEndsNs;
  private boolean pauseWasAsked;

  /**
   * Creates the deliveries to one backend.
   *
   * @param backend the backend's name in a log line
   * @param timeout the timeout of each attempt
   * @param policy how soon a request is sent again; null for one attempt per request
   */
  Deliveries(
      DeliverySettings settings,
      String backend,
      Duration timeout,
      @Nullable RetryPolicy policy,
      Attempt<A> attempt) {
    this.settings = settings;
    this.backend = backend;
    // Bounded so that no sum with System.nanoTime() overflows.
    this.timeout = Duration.ofNanos(Math.clamp(timeout.toNanos(), 1, Long.MAX_VALUE / 4));
    this.policy = policy;
    this.attempt = attempt;
    this.backlog = new Backlog<>(settings.mostWaitingBytes(), settings.counts()::waiting);
    this.thread = Thread.ofVirtual().name("netspan-otlp").unstarted(this::run);
  }

  /**
   * Takes a request and returns at once. One of its two consumers is called when the request has
   * ended. May be called by any thread.
   */
  void start(WaitingRequest<A> request) {
    synchronized (this) {
      if (!started) {
        started = true;
        thread.start();
      }
    }
    if (backlog.size() >= UNPACKED) {
      request.pack();
    }
    List<WaitingRequest<A>> dropped = backlog.add(request);
    if (dropped.contains(request)) {
      request.failed(new IOException("netspan has stopped exporting"), Receipt.End.UNSENT);
    } else {
      drop(dropped);
    }
  }

  private void run() {
    WaitingRequest<A> request = null;
    try {
      while (true) {
        pause();
        request = backlog.take();
        if (request == null) {
          return;
        }
        Outcome<A> outcome = attempt(request);
        try {
          if (outcome.again() && policy != null) {
            sendLater(request, outcome, policy);
          } else {
            end(request, outcome);
          }
        } catch (RuntimeException e) {
          // Of a consumer; the next requests must be sent all the same.
          LOG.log(System.Logger.Level.WARNING, "the result of a request was not taken: {0}", e);
        }
        request = null;
      }
    } catch (InterruptedException e) {
      if (request != null) {
        stopped(request);
      }
    } finally {
      backlog.close().forEach(Deliveries::stopped);
      backlog.done();
    }
  }

  private Outcome<A> attempt(WaitingRequest<A> request) throws InterruptedException {
    Outcome<A> outcome;
    try {
      outcome = attempt.send(request.body(), timeout);
    } catch (RuntimeException e) {
      outcome = Outcome.failed(e, false);
    }
    // A blocking read of an interrupted virtual thread fails like one of a broken connection.
    if (!outcome.isAccepted() && Thread.interrupted()) {
      throw new InterruptedException();
    }
    return outcome;
  }

  private static void stopped(WaitingRequest<?> request) {
    request.failed(
        new IOException("netspan stopped before the backend took the request"), Receipt.End.UNSENT);
  }

  private void sendLater(WaitingRequest<A> request, Outcome<A> outcome, RetryPolicy retry) {
    failing = true;
    hold(outcome, retry);
    request.pack();
    List<WaitingRequest<A>> dropped = backlog.putBack(request);
    LOG.log(
        System.Logger.Level.WARNING,
        "{0} cannot be sent to {1} now: {2}; they wait (requests: {3}, {4} KiB) and are sent again",
        settings.counts().items(),
        backend,
        bounded(outcome.problem()),
        Integer.toString(backlog.size()),
        Long.toString(backlog.bytes() / 1_024));
    if (dropped.contains(request) && stopping.getCount() == 0) {
      stopped(request);
    } else {
      drop(dropped);
    }
  }

  /** Ends a request that was accepted or refused for good. */
  private void end(WaitingRequest<A> request, Outcome<A> outcome) {
    // Without a policy the request is not sent again, but the next ones wait as the backend asks.
    outcome.delay().ifPresent(delay -> holdFor(delay.toNanos(), /* asked= */ true));
    if (outcome.isAccepted() && failing) {
      failing = false;
      LOG.log(
          System.Logger.Level.INFO,
          "{0} can be sent to {1} again; requests still waiting: {2}",
          settings.counts().items(),
          backend,
          Integer.toString(backlog.size()));
    }
    backoffNs = 0;
    backlog.done();
    A answer = outcome.answer();
    if (!outcome.isAccepted()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} were refused by {1} and are lost: {2}",
          settings.counts().items(),
          backend,
          bounded(outcome.problem()));
    }
    if (answer != null) {
      request.answered(answer);
    } else {
      Throwable error = outcome.error();
      request.failed(error == null ? new IOException("no answer") : error, Receipt.End.REFUSED);
    }
  }

  private void drop(List<WaitingRequest<A>> dropped) {
    if (dropped.isEmpty()) {
      return;
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "the oldest {0} that waited for {1} were dropped (requests: {2}), since more than {3} wait:"
            + " a larger --export-backlog holds more",
        settings.counts().items(),
        backend,
        Integer.toString(dropped.size()),
        ByteSize.written(settings.mostWaitingBytes()));
    IOException full = new IOException("the backlog is full");
    dropped.forEach(request -> request.failed(full, Receipt.End.DROPPED));
  }

  private static String bounded(String problem) {
    return problem.length() <= LONGEST_PROBLEM
        ? problem
        : problem.substring(0, LONGEST_PROBLEM) + "...";
  }

  /** Decides how long nothing is sent after a failed attempt. */
  private void hold(Outcome<A> outcome, RetryPolicy retry) {
    if (outcome.delay().isPresent()) {
      holdFor(outcome.delay().get().toNanos(), /* asked= */ true);
      return;
    }
    double longest = retry.getMaxBackoff().toNanos();
    backoffNs =
        backoffNs == 0
            ? retry.getInitialBackoff().toNanos()
            : Math.min(backoffNs * retry.getBackoffMultiplier(), longest);
    double jitter = ThreadLocalRandom.current().nextDouble(1 - JITTER, 1 + JITTER);
    holdFor((long) (Math.min(backoffNs, longest) * jitter), /* asked= */ false);
  }

  private void holdFor(long ns, boolean asked) {
    pauseEndsNs = System.nanoTime() + ns;
    pauseWasAsked = asked;
  }

  /** Waits until the next attempt is due. The shutdown shortens a backoff, but no asked delay. */
  private void pause() throws InterruptedException {
    long left = pauseEndsNs == 0 ? 0 : pauseEndsNs - System.nanoTime();
    if (left <= 0) {
      return;
    }
    if (pauseWasAsked) {
      TimeUnit.NANOSECONDS.sleep(left);
    } else if (stopping.getCount() == 0) {
      TimeUnit.NANOSECONDS.sleep(Math.min(left, HURRIED.toNanos()));
    } else {
      // Ends early when the shutdown begins.
      boolean _ = stopping.await(left, TimeUnit.NANOSECONDS);
    }
    pauseEndsNs = 0;
  }

  /**
   * Sends what waits for at most {@code SHUTDOWN_WITHIN}, gives up the rest, and then calls {@code
   * then}.
   */
  CompletableResultCode shutdown(Runnable then) {
    CompletableResultCode result = new CompletableResultCode();
    stopping.countDown();
    Thread.ofVirtual()
        .name("netspan-otlp-stop")
        .start(
            () -> {
              try {
                if (!backlog.awaitEmpty(SHUTDOWN_WITHIN.toNanos())) {
                  thread.interrupt();
                }
                backlog.close().forEach(Deliveries::stopped);
                thread.join();
              } catch (InterruptedException e) {
                thread.interrupt();
              }
              then.run();
              result.succeed();
            });
    return result;
  }
}
