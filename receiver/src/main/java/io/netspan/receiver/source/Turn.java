package io.netspan.receiver.source;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What the sources share (trackers, workloads, series) has one writer at a time: the thread that
 * has the turn. A source takes the turn for a batch of events, not for each one, and gives it back
 * before it waits, so the turn is nearly always free. Taking it makes the writes of its last holder
 * visible.
 */
public final class Turn {
  private final ReentrantLock lock = new ReentrantLock();

  public void take() {
    lock.lock();
  }

  /**
   * Takes the turn if it becomes free in time.
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

  /** Runs an action with the turn, after waiting for it if necessary. */
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
