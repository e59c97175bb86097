package io.netspan.receiver.workload;

import io.netspan.enrich.Contributors;
import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that owns connections, while it has the same program, user, cgroup and name; if the
 * kernel reports a change of these, there is another workload. The thread that has the turn creates
 * it from what the kernel recorded. The enrichment thread completes the identity, and replaces it
 * whenever contributors know something else. Any thread may read it.
 */
public final class Workload {
  static final long UNKNOWN_EXEC = -1;

  /** How long metrics wait for the identity of a process. */
  public static final long IDENTIFIED_WITHIN_NS = TimeUnit.SECONDS.toNanos(1);

  private final ProcessKey key;
  private final long execId;
  private final Descriptions descriptions;
  private final long firstSeenNs = System.nanoTime();
  private final CountDownLatch settled = new CountDownLatch(1);
  private volatile View view;

  /**
   * The identity without contributions. Belongs to the enrichment thread once the workload is in
   * the table.
   */
  private ProcessIdentity base;

  /** The program that the process ran before its last exec. Read and written with the turn. */
  private @Nullable Workload beforeExec;

  /** An identity and what derives from it, swapped as one: a reader never mixes old and new. */
  private static final class View {
    final ProcessIdentity identity;
    final Service service;
    volatile @Nullable Object description;

    View(ProcessIdentity identity, Service service) {
      this.identity = identity;
      this.service = service;
    }
  }

  Workload(ProcessKey key, long execId, ProcessIdentity identity, Descriptions descriptions) {
    this.key = key;
    this.execId = execId;
    this.descriptions = descriptions;
    this.base = identity;
    this.view = new View(identity, descriptions.service(identity));
  }

  public ProcessKey key() {
    return key;
  }

  /** Whether there is a process; false only for {@link WorkloadTable#nobody()}. */
  public boolean isKnown() {
    return key.pid() != 0;
  }

  /**
   * Whether the workload's program is the one that the process ran, or inherited, at this count of
   * execs.
   */
  boolean runs(long exec) {
    return execId == exec;
  }

  /**
   * Links this workload to the one under which the process was reported before, with another
   * program or with other facts.
   */
  void replaces(Workload known) {
    boolean sameProgram = execId == known.execId || known.execId == UNKNOWN_EXEC;
    beforeExec = sameProgram ? known.beforeExec : known;
    // Otherwise each program that the process has ever run stays reachable.
    known.beforeExec = null;
  }

  /** The program before the last exec; null if it is unknown. */
  @Nullable Workload beforeExec() {
    return beforeExec;
  }

  public ProcessIdentity identity() {
    return view.identity;
  }

  /** The service that metrics of the process are attributed to. */
  public Service service() {
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

  /** The identity without contributions. Called by the enrichment thread. */
  ProcessIdentity base() {
    return base;
  }

  /** Sets another identity, still without contributions. Called by the enrichment thread. */
  void complete(ProcessIdentity identity, Contributors contributors) {
    base = identity;
    refresh(contributors);
  }

  /** Asks the contributors again. Called by the enrichment thread. */
  void refresh(Contributors contributors) {
    Contributors.Completed now = contributors.complete(base);
    if (!now.identity().equals(view.identity)) {
      view = new View(now.identity(), descriptions.service(now.identity()));
    }
    if (!now.pending()) {
      settle();
    }
  }

  /**
   * Whether metrics can be attributed to the process: nothing more is expected about it, or it has
   * been known for {@link #IDENTIFIED_WITHIN_NS}.
   */
  public boolean isIdentified() {
    return isSettled() || System.nanoTime() - firstSeenNs > IDENTIFIED_WITHIN_NS;
  }

  /** Marks the identity as complete, so that no reader waits for it any longer. */
  void settle() {
    settled.countDown();
  }

  /** Whether nothing more is expected about the process. */
  public boolean isSettled() {
    return settled.getCount() == 0;
  }

  /**
   * Waits until nothing more is expected about the process. The bound counts from when the process
   * was first seen, so that not every span of a process waits anew. Blocks, so the thread that has
   * the turn must not call it.
   *
   * @param sinceFirstSeen no longer than this after the process was first seen
   * @param atMost no longer than this
   * @return whether waiting is over: nothing more is expected, or the time since the process was
   *     first seen has passed
   */
  public boolean awaitSettled(Duration sinceFirstSeen, Duration atMost)
      throws InterruptedException {
    long left = firstSeenNs + sinceFirstSeen.toNanos() - System.nanoTime();
    boolean over = left <= atMost.toNanos();
    return settled.await(over ? left : atMost.toNanos(), TimeUnit.NANOSECONDS) || over;
  }
}
