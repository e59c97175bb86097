package io.netspan.receiver.workload;

import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that owns connections, as it was from one change of what the kernel tells of it to the
 * next: another program, user, cgroup or name. Created by the tracer's thread with what the kernel
 * told, completed once by the enrichment thread; readable by all.
 */
public final class Workload {
  static final long UNKNOWN_EXEC = -1;

  private final ProcessKey key;
  private final long execId;
  private final Descriptions descriptions;
  private final CountDownLatch completed = new CountDownLatch(1);
  private volatile View view;

  /** The program that the process ran before its last exec. Of the tracer's thread. */
  private @Nullable Workload beforeExec;

  /** An identity and what derives from it, swapped as one: a reader never mixes old and new. */
  private static final class View {
    final ProcessIdentity identity;
    final int service;
    volatile @Nullable Object description;

    View(ProcessIdentity identity, int service) {
      this.identity = identity;
      this.service = service;
    }
  }

  Workload(ProcessKey key, long execId, ProcessIdentity identity, Descriptions descriptions) {
    this.key = key;
    this.execId = execId;
    this.descriptions = descriptions;
    this.view = new View(identity, descriptions.serviceNames().intern(identity.service()));
  }

  public ProcessKey key() {
    return key;
  }

  /** Whether there is a process at all; false only for {@link WorkloadTable#nobody()}. */
  public boolean isKnown() {
    return key.pid() != 0;
  }

  /** Whether it runs the program that the process ran, or inherited, when it had this count. */
  boolean runs(long exec) {
    return execId == exec;
  }

  /** The same process was told of before: another program, or other facts of this one. */
  void replaces(Workload known) {
    boolean sameProgram = execId == known.execId || known.execId == UNKNOWN_EXEC;
    beforeExec = sameProgram ? known.beforeExec : known;
    known.beforeExec = null; // No chain of all programs that a process has ever run.
  }

  /** The program before the last exec; null if it is not known. */
  @Nullable Workload beforeExec() {
    return beforeExec;
  }

  public ProcessIdentity identity() {
    return view.identity;
  }

  /** The number of the service's name, see {@link ServiceNames}. */
  public int service() {
    return view.service;
  }

  /**
   * What {@link Descriptions} makes of the identity: the same object until the identity changes.
   */
  public Object description() {
    View now = view;
    Object known = now.description;
    return known != null ? known : build(now);
  }

  private Object build(View now) {
    synchronized (now) {
      Object known = now.description;
      if (known == null) {
        known = descriptions.describe(now.identity, isKnown());
        now.description = known;
      }
      return known;
    }
  }

  void complete(ProcessIdentity identity) {
    if (!identity.equals(view.identity)) {
      view = new View(identity, descriptions.serviceNames().intern(identity.service()));
    }
    completed.countDown();
  }

  /** Waits until {@code /proc} was asked, at most so long; for readers that can afford to. */
  public void awaitCompletion(Duration most) throws InterruptedException {
    if (completed.getCount() != 0) {
      completed.await(most.toNanos(), TimeUnit.NANOSECONDS);
    }
  }
}
