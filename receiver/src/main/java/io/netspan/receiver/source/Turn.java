package io.netspan.receiver.source;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the sources share (trackers, workloads, series) has one writer at a time: the thread that
 * has the turn. A source takes it for a batch of events, not for one, and gives it back before it
 * waits, so it is nearly always free. Taking it makes visible what its last holder wrote.
 */
public final class Turn {
  private final ReentrantLock lock = new ReentrantLock();

  public void take() {
    lock.lock();
  }

  /**
   * Takes it if it becomes free in time.
   *
   * @return false if another thread still has it, or the caller was interrupted
   */
  public boolean take(Duration within) {
    try {
      return lock.tryLock(within.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Runs something with the turn, waiting for it if necessary. */
  public void run(Runnable action) {
    take();
    try {
      action.run();
    } finally {
      giveBack();
    }
  }

  /** Whether the calling thread has it. */
  public boolean isMine() {
    return lock.isHeldByCurrentThread();
  }

  public void giveBack() {
    lock.unlock();
  }
}
