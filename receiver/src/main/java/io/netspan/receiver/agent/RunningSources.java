package io.netspan.receiver.agent;

import io.netspan.receiver.source.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All sources. Each has a supervisor, which runs on its own thread. */
final class RunningSources implements AutoCloseable {
  private final List<Supervisor> supervisors = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable Throwable failure;

  /**
   * Starts the first session of each source, without reading yet.
   *
   * @throws RuntimeException if a required source cannot run; nothing is left behind
   */
  RunningSources(List<Sources.Wire> sources, Wiring wiring) {
    try {
      for (Sources.Wire source : sources) {
        source.supervise(wiring).ifPresent(supervisors::add);
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
    for (Supervisor supervisor : supervisors) {
      wiring.losses().register(supervisor::losses);
      threads.add(new Thread(() -> run(supervisor), "netspan-" + supervisor.stage()));
    }
  }

  /** Starts reading events. */
  void start() {
    threads.forEach(Thread::start);
  }

  private void run(Supervisor supervisor) {
    try {
      supervisor.run();
    } catch (RuntimeException | Error e) {
      failure = e;
      ended.countDown();
    } finally {
      if (supervisor.isRequired()) {
        ended.countDown();
      }
    }
  }

  /**
   * Returns when the required sources have ended, by {@link #stop} or because one failed.
   *
   * @throws IllegalStateException if one failed
   */
  void await() throws InterruptedException {
    ended.await();
    Throwable why = failure;
    if (why != null) {
      throw new IllegalStateException("the tracer ended: " + why, why);
    }
  }

  boolean failed() {
    return failure != null;
  }

  /** Makes all sources end soon. */
  void stop() {
    supervisors.forEach(Supervisor::stop);
  }

  /** Reads what happened until now, in the order of the sources. Called after {@link #stop}. */
  void finish(Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    for (int i = 0; i < supervisors.size(); i++) {
      supervisors.get(i).finish(join(threads.get(i), deadline - System.nanoTime()));
    }
  }

  private static boolean join(Thread thread, long withinNs) {
    try {
      return thread.join(Duration.ofNanos(Math.max(1, withinNs)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** How full the fullest buffer is, 0 to 1. */
  double bufferUsage() {
    return supervisors.stream().mapToDouble(Supervisor::bufferUsage).max().orElse(0);
  }

  /** How everything is watched, in one line. */
  String describe() {
    String all =
        supervisors.stream()
            .map(Supervisor::describe)
            .filter(each -> !each.isEmpty())
            .collect(Collectors.joining("; "));
    return all.isEmpty() ? "nothing" : all;
  }

  @Override
  public void close() {
    for (Supervisor supervisor : supervisors.reversed()) {
      supervisor.close();
    }
  }
}
