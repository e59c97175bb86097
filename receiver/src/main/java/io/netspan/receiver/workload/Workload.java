package io.netspan.receiver.workload;

import io.netspan.enrich.ProcessIdentity;
import io.netspan.enrich.ProcessKey;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A process that owns connections. Created by the tracer's thread with what the kernel told,
 * completed once by the enrichment thread; readable by all.
 */
public final class Workload {
  private final ProcessKey key;
  private final Resources resources;
  private final CountDownLatch completed = new CountDownLatch(1);
  private volatile View view;

  /** An identity and what derives from it, swapped as one: a reader never mixes old and new. */
  private static final class View {
    final ProcessIdentity identity;
    final int service;
    volatile @Nullable Resource resource;

    View(ProcessIdentity identity, int service) {
      this.identity = identity;
      this.service = service;
    }
  }

  Workload(ProcessKey key, ProcessIdentity identity, Resources resources) {
    this.key = key;
    this.resources = resources;
    this.view = new View(identity, resources.serviceNames().intern(identity.service()));
  }

  public ProcessKey key() {
    return key;
  }

  /** Whether there is a process at all; false only for {@link WorkloadTable#nobody()}. */
  public boolean isKnown() {
    return key.pid() != 0;
  }

  public ProcessIdentity identity() {
    return view.identity;
  }

  /** The number of the service's name, see {@link ServiceNames}. */
  public int service() {
    return view.service;
  }

  /**
   * The OpenTelemetry Resource: the same object for the same identity, because exporters group by
   * object.
   */
  public Resource resource() {
    View now = view;
    Resource known = now.resource;
    return known != null ? known : build(now);
  }

  private Resource build(View now) {
    synchronized (now) {
      Resource known = now.resource;
      if (known == null) {
        known = resources.of(now.identity, isKnown());
        now.resource = known;
      }
      return known;
    }
  }

  void complete(ProcessIdentity identity) {
    if (!identity.equals(view.identity)) {
      view = new View(identity, resources.serviceNames().intern(identity.service()));
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
