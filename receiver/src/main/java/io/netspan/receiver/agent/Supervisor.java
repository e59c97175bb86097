package io.netspan.receiver.agent;

import io.netspan.bpf.BpfException;
import io.netspan.config.TracerChoice;
import io.netspan.receiver.SingleWriterCounter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a {@link Watcher} running. One that cannot go on is replaced by another of its kind; when
 * that happens again within a minute, by polling. Each time is said and counted, and what the
 * earlier ones lost stays counted.
 *
 * <p>{@link #run} belongs to the tracer's thread; the rest may come from any thread.
 */
final class Supervisor implements Runnable, AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final long AGAIN_WITHIN_NS = TimeUnit.MINUTES.toNanos(1);

  private final TracerChoice choice;
  private final Function<Boolean, Watcher> kernel;
  private final Function<Boolean, Watcher> poll;
  private final LongSupplier clock;
  private final SingleWriterCounter restarts = new SingleWriterCounter();
  private final SingleWriterCounter fallbacks = new SingleWriterCounter();
  private final Map<String, Loss> ofEarlier = new LinkedHashMap<>();
  private @Nullable Watcher current; // Null once it has failed and none takes its place.
  private boolean polling;
  private volatile boolean stopping;

  /**
   * Starts the first watcher.
   *
   * @param kernel starts watching by the kernel programs; told whether it is not the first
   * @param poll starts polling; told the same
   * @param clock CLOCK_MONOTONIC ns
   * @throws BpfException if the kernel programs cannot run and nothing else was wanted
   */
  Supervisor(
      TracerChoice choice,
      Function<Boolean, Watcher> kernel,
      Function<Boolean, Watcher> poll,
      LongSupplier clock) {
    this.choice = choice;
    this.kernel = kernel;
    this.poll = poll;
    this.clock = clock;
    this.current = choice == TracerChoice.POLL ? polling(false) : byKernel(false);
  }

  private Watcher byKernel(boolean again) {
    try {
      return kernel.apply(again);
    } catch (BpfException e) {
      if (choice == TracerChoice.BPF) {
        throw e;
      }
      return fallBack(again, Refusal.of(e));
    }
  }

  private Watcher fallBack(boolean again, String why) {
    LOG.log(
        System.Logger.Level.WARNING,
        "the kernel programs cannot run, so connections are polled instead: {0}. Lost by that:"
            + " connections that fail, the processes of those that come and go between two looks,"
            + " the common trace of both ends, handshakes, why a connection ended. ''netspan"
            + " doctor'' says what to do about it",
        why);
    fallbacks.increment();
    return polling(again);
  }

  private Watcher polling(boolean again) {
    polling = true;
    return poll.apply(again);
  }

  @Override
  public void run() {
    long failedNs = clock.getAsLong() - AGAIN_WITHIN_NS;
    while (true) {
      try {
        Watcher watcher = watcher();
        if (watcher != null) {
          watcher.run();
        }
        return;
      } catch (RuntimeException e) {
        long now = clock.getAsLong();
        boolean soon = now - failedNs < AGAIN_WITHIN_NS;
        failedNs = now;
        replace(e, soon);
      }
    }
  }

  private synchronized void replace(RuntimeException why, boolean soon) {
    retire();
    if (stopping || polling || (soon && choice == TracerChoice.BPF)) {
      throw why;
    }
    if (soon) {
      Watcher poller =
          fallBack(/* again= */ true, "they failed twice within a minute, now by " + why);
      current = poller;
      LOG.log(System.Logger.Level.INFO, poller.describe());
      return;
    }
    LOG.log(
        System.Logger.Level.WARNING,
        "the kernel programs cannot go on, so they are started again and what is open is looked at"
            + " again: {0}",
        why.toString());
    restarts.increment();
    current = byKernel(/* again= */ true);
  }

  private void retire() {
    Watcher failed = current;
    current = null;
    if (failed != null) {
      failed.close();
      merge(failed.losses(), ofEarlier);
    }
  }

  private static void merge(List<Loss> losses, Map<String, Loss> into) {
    for (Loss loss : losses) {
      into.merge(loss.stage() + "/" + loss.reason(), loss, Loss::plus);
    }
  }

  private synchronized @Nullable Watcher watcher() {
    return current;
  }

  /** {@link #run} returns soon. */
  synchronized void stop() {
    stopping = true;
    if (current != null) {
      current.stop();
    }
  }

  /**
   * After {@link #stop}.
   *
   * @param returned whether {@link #run} has returned, so that what happened until now can be taken
   *     in; else it is given up
   */
  synchronized void finish(boolean returned) {
    if (current == null) {
      return;
    }
    if (returned) {
      current.finish();
    } else {
      current.giveUp();
    }
  }

  /** All that was lost since the start, every reason that there can be. */
  synchronized List<Loss> losses() {
    Map<String, Loss> all = new LinkedHashMap<>(ofEarlier);
    if (current != null) {
      merge(current.losses(), all);
    }
    List<Loss> list = new ArrayList<>(all.values());
    list.add(new Loss("tracer", "restarted", restarts.get()));
    list.add(new Loss("tracer", "fell_back", fallbacks.get()));
    return list;
  }

  synchronized double bufferUsage() {
    return current == null ? 0 : current.bufferUsage();
  }

  synchronized String describe() {
    return current == null ? "nothing" : current.describe();
  }

  @Override
  public synchronized void close() {
    if (current != null) {
      current.close();
    }
  }
}
