package io.netspan.receiver.export;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for a backend, oldest first. Their bytes are bounded; what exceeds the
 * bound is dropped, the oldest first, so that after a long outage the backend gets what led up to
 * the present, and a request that never succeeds does not hold up the others indefinitely. The
 * newest request stays even if it alone exceeds the bound.
 *
 * @param <A> an answer of the backend
 */
final class Backlog<A> {
  private final long mostBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<WaitingRequest<A>> waiting = new ArrayDeque<>();
  private final LongConsumer gauge;
  private long bytes;
  private boolean underWay;
  private boolean closed;

  /**
   * Creates an empty backlog.
   *
   * @param gauge is given each change of the bytes that wait
   */
  Backlog(long mostBytes, LongConsumer gauge) {
    this.mostBytes = mostBytes;
    this.gauge = gauge;
  }

  /**
   * Adds a request behind the others.
   *
   * @return the requests that had to go; if the backlog is closed, this one
   */
  List<WaitingRequest<A>> add(WaitingRequest<A> request) {
    lock.lock();
    try {
      if (closed) {
        return List.of(request);
      }
      waiting.addLast(request);
      return added(request);
    } finally {
      lock.unlock();
    }
  }

  /** Puts the request that {@link #take} gave last before the others again; otherwise as add. */
  List<WaitingRequest<A>> putBack(WaitingRequest<A> request) {
    lock.lock();
    try {
      underWay = false;
      if (closed) {
        changed.signalAll();
        return List.of(request);
      }
      waiting.addFirst(request);
      return added(request);
    } finally {
      lock.unlock();
    }
  }

  private List<WaitingRequest<A>> added(WaitingRequest<A> request) {
    change(request.bytes());
    changed.signalAll();
    List<WaitingRequest<A>> dropped = new ArrayList<>();
    while (bytes > mostBytes && waiting.size() > 1) {
      WaitingRequest<A> oldest = waiting.removeFirst();
      change(-oldest.bytes());
      dropped.add(oldest);
    }
    return dropped;
  }

  private void change(long by) {
    bytes += by;
    gauge.accept(by);
  }

  /**
   * Waits for a request and takes the oldest; null if the backlog is closed. The request is under
   * way until {@link #done} or {@link #putBack}.
   */
  @Nullable WaitingRequest<A> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && !closed) {
        changed.await();
      }
      WaitingRequest<A> oldest = waiting.pollFirst();
      if (oldest != null) {
        change(-oldest.bytes());
        underWay = true;
      }
      return oldest;
    } finally {
      lock.unlock();
    }
  }

  /** Notes that the request which {@link #take} gave last has ended. */
  void done() {
    lock.lock();
    try {
      underWay = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing waits or is under way; false if that takes longer than {@code ns}. */
  boolean awaitEmpty(long ns) throws InterruptedException {
    long deadline = System.nanoTime() + ns;
    lock.lockInterruptibly();
    try {
      while (!waiting.isEmpty() || underWay) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        changed.await(left, TimeUnit.NANOSECONDS);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more requests, and returns those that wait. */
  List<WaitingRequest<A>> close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      List<WaitingRequest<A>> rest = List.copyOf(waiting);
      waiting.clear();
      change(-bytes);
      return rest;
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }
}
