package io.netspan.receiver.tcp;

import io.netspan.receiver.net.Endpoint;
import io.netspan.receiver.net.Ends;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where the kernel sent a client's connection, which another thread finds out. The connection's
 * span reads it when its attributes are made.
 */
public final class Translation {
  /** Counted from the question, so many spans that wait for theirs wait no longer than one. */
  private static final long WAIT_NS = TimeUnit.MILLISECONDS.toNanos(250);

  private final Ends ends;
  private final int pid;
  private final long askedNs;
  private final CountDownLatch answered = new CountDownLatch(1);
  private volatile @Nullable Endpoint actual;

  /**
   * Not known yet.
   *
   * @param pid of a process in the network namespace; 0 if none is known
   * @param askedNs {@link System#nanoTime} when the question was asked
   */
  public Translation(Ends ends, int pid, long askedNs) {
    this.askedNs = askedNs;
    this.ends = ends;
    this.pid = pid;
  }

  public Ends ends() {
    return ends;
  }

  public int pid() {
    return pid;
  }

  /** Says that there will be no other answer. */
  public void answered() {
    answered.countDown();
  }

  /**
   * As {@link #actual}, after waiting for the answer until a quarter of a second after the question
   * at most.
   *
   * @param nowNs {@link System#nanoTime}
   */
  public @Nullable Endpoint awaitActual(long nowNs) {
    try {
      boolean inTime = answered.await(askedNs + WAIT_NS - nowNs, TimeUnit.NANOSECONDS);
      return inTime ? actual : null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return actual;
    }
  }

  /** The actual server; null if it is the one that was asked for, or not known (yet). */
  public @Nullable Endpoint actual() {
    return actual;
  }

  /** Sets the server that the kernel chose. */
  public void found(Endpoint server) {
    if (!server.equals(ends.peer())) {
      actual = server;
    }
  }
}
