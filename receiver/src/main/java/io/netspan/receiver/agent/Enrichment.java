package io.netspan.receiver.agent;

import io.netspan.enrich.ProcessIdentity;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.workload.Workload;
import io.netspan.receiver.workload.WorkloadTable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The thread that reads files about processes, and asks contributors about them again when these
 * know something new. Its queue is bounded: a process for which there is no room stays as the
 * kernel recorded it, and is counted.
 */
final class Enrichment implements Consumer<WorkloadTable.Completion>, AutoCloseable {
  private static final int QUEUE = 8_192;

  /** Changes that are reported within this time are handled in one iteration over the processes. */
  private static final long TOGETHER_NS = TimeUnit.MILLISECONDS.toNanos(50);

  /** If more changes than this wait, all processes are refreshed instead. */
  private static final int MOST_CHANGES = 64;

  private final BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(QUEUE);
  private final SingleWriterCounter queueFull = new SingleWriterCounter();
  private final SingleWriterCounter failed = new SingleWriterCounter();
  private final BlockingQueue<Predicate<ProcessIdentity>> changes =
      new ArrayBlockingQueue<>(MOST_CHANGES);
  private volatile boolean allChanged;
  private @Nullable Thread thread;

  /** Starts the thread, which ends with {@link #close}. */
  void start(WorkloadTable workloads, Turn turn) {
    thread =
        Thread.ofPlatform().name("netspan-enrichment").daemon().start(() -> run(workloads, turn));
  }

  /** Queues a completion. Called by the thread that has the turn. */
  @Override
  public void accept(WorkloadTable.Completion completion) {
    if (!queue.offer(completion)) {
      queueFull.increment();
      completion.abandon();
    }
  }

  /**
   * Refreshes the identities that the predicate selects, soon and on the enrichment thread. May be
   * called by any thread.
   */
  void changed(Predicate<ProcessIdentity> which) {
    if (!changes.offer(which)) {
      allChanged = true;
    }
    queue.offer(Enrichment::doNothing); // Wakes the thread; if the queue is full, it is awake.
  }

  long failed() {
    return failed.get();
  }

  long queueFull() {
    return queueFull.get();
  }

  private void run(WorkloadTable workloads, Turn turn) {
    try {
      long refreshedNs = System.nanoTime() - TOGETHER_NS;
      while (true) {
        long early = refreshedNs + TOGETHER_NS - System.nanoTime();
        Runnable next = isChanged() ? queue.poll(early, TimeUnit.NANOSECONDS) : queue.take();
        if (next instanceof WorkloadTable.Completion completion) {
          complete(completion);
        }
        if (isChanged() && System.nanoTime() - refreshedNs >= TOGETHER_NS) {
          refreshChanged(workloads, turn);
          refreshedNs = System.nanoTime();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void complete(WorkloadTable.Completion completion) {
    try {
      completion.run();
    } catch (RuntimeException e) {
      failed.increment(); // A process that cannot be read must not end the thread.
      completion.abandon();
    }
  }

  private static void doNothing() {}

  private boolean isChanged() {
    return allChanged || !changes.isEmpty();
  }

  private void refreshChanged(WorkloadTable workloads, Turn turn) {
    boolean all = allChanged;
    allChanged = false;
    List<Predicate<ProcessIdentity>> which = new ArrayList<>();
    changes.drainTo(which);
    List<Workload> remembered = new ArrayList<>();
    turn.run(() -> workloads.forEach(remembered::add));
    for (Workload workload : remembered) {
      try {
        if (all || which.stream().anyMatch(one -> selects(one, workload.identity()))) {
          workloads.refresh(workload);
        }
      } catch (RuntimeException e) {
        failed.increment();
      }
    }
  }

  private boolean selects(Predicate<ProcessIdentity> which, ProcessIdentity identity) {
    try {
      return which.test(identity);
    } catch (RuntimeException e) {
      failed.increment(); // The others may select it.
      return false;
    }
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
