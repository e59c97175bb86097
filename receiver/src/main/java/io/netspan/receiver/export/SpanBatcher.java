package io.netspan.receiver.export;

import io.netspan.config.BatchSettings;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Passes spans to one exporter in batches, on its own thread. A batch is passed on when it is full,
 * or after the schedule delay; it then waits for the backend as a request, in {@link Deliveries}.
 * The SDK's processor does the same, but an SDK that is built from a configuration file does not
 * expose it, and it counts dropped spans in its own metrics only.
 *
 * <p>{@link #offer} is called only by the thread that has the turn, and never blocks.
 */
final class SpanBatcher {
  private static final System.Logger LOG = System.getLogger("netspan.export");

  /** Keeps a delay of 0 from becoming a busy loop. */
  private static final long SHORTEST_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * How long spans wait for the identity of a process, counted from when the process was first
   * seen.
   */
  private static final Duration IDENTITY_WITHIN = Duration.ofSeconds(1);

  /** How often the waiting thread checks whether the queue still has room. */
  private static final Duration IDENTITY_CHECK = Duration.ofMillis(20);

  private final SpanExporter exporter;
  private final BatchSettings settings;
  private final SpanQueue queue;
  private final SingleWriterCounter offered = new SingleWriterCounter();
  private final SingleWriterCounter queueFull = new SingleWriterCounter();
  private final SingleWriterCounter processed = new SingleWriterCounter();
  private final SingleWriterCounter late = new SingleWriterCounter();
  private final CompletableResultCode ended = new CompletableResultCode();
  private final Thread thread;
  private volatile boolean sleeping;
  private volatile boolean stopping;

  private SpanBatcher(SpanExporter exporter, BatchSettings settings) {
    this.exporter = exporter;
    this.settings = settings;
    this.queue = new SpanQueue(settings.maxQueueSize());
    this.thread = Thread.ofPlatform().name("netspan-spans").daemon().unstarted(this::run);
  }

  /** Starts a batcher, which owns the exporter from then on. */
  static SpanBatcher start(SpanExporter exporter, BatchSettings settings) {
    SpanBatcher batcher = new SpanBatcher(exporter, settings);
    batcher.thread.start();
    return batcher;
  }

  BatchSettings settings() {
    return settings;
  }

  /** Queues a span, or drops and counts it. Called by the thread that has the turn. */
  void offer(NetworkSpan span) {
    offered.increment();
    if (stopping || !queue.offer(span)) {
      queueFull.increment();
      return;
    }
    if (sleeping && queue.size() >= settings.maxExportBatchSize()) {
      sleeping = false;
      LockSupport.unpark(thread);
    }
  }

  /** Spans that were offered. This and the following may be called by any thread. */
  long offered() {
    return offered.get();
  }

  /** Spans that the queue could not take. */
  long queueFull() {
    return queueFull.get();
  }

  /** Spans that the exporter was given. */
  long processed() {
    return processed.get();
  }

  /** Spans that were exported before the identity of their owner was complete. */
  long late() {
    return late.get();
  }

  /** Spans that wait in the queue. */
  int waiting() {
    return queue.size();
  }

  /** Whether the queue is at most half full. */
  boolean hasRoom() {
    return queue.size() <= settings.maxQueueSize() / 2;
  }

  private void run() {
    long delay = Math.max(SHORTEST_DELAY_NS, settings.scheduleDelay().toNanos());
    long due = System.nanoTime() + delay;
    while (!stopping) {
      long left = due - System.nanoTime();
      if (left > 0 && queue.size() < settings.maxExportBatchSize()) {
        sleep(left);
      } else {
        exportBatch();
        due = System.nanoTime() + delay;
      }
    }
    while (queue.size() != 0 && !Thread.currentThread().isInterrupted()) {
      exportBatch();
    }
    exporter.shutdown().whenComplete(ended::succeed);
  }

  private void sleep(long ns) {
    sleeping = true;
    if (!stopping && queue.size() < settings.maxExportBatchSize()) {
      LockSupport.parkNanos(this, ns);
    }
    sleeping = false;
  }

  private void exportBatch() {
    int size = Math.min(queue.size(), settings.maxExportBatchSize());
    List<SpanData> batch = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      NetworkSpan span = queue.poll();
      if (span != null) {
        batch.add(span);
      }
    }
    if (batch.isEmpty()) {
      return;
    }
    processed.add(batch.size());
    try {
      awaitIdentities(batch);
      // The result comes when the backend has answered, which Deliveries waits for.
      CompletableResultCode _ = exporter.export(batch);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "spans could not be exported: " + e);
    }
  }

  /**
   * Waits until the owners are identified, each up to {@link #IDENTITY_WITHIN} after it was first
   * seen. The wait ends early if the queue fills up: without an identity a span lacks attributes,
   * but a full queue drops spans.
   */
  private void awaitIdentities(List<SpanData> batch) {
    for (SpanData span : batch) {
      if (span instanceof NetworkSpan network) {
        Workload peer = network.peerOwner();
        boolean own = isIdentified(network.owner());
        boolean others = peer == null || isIdentified(peer);
        if (!own || !others) {
          late.increment();
        }
      }
    }
  }

  private boolean isIdentified(Workload owner) {
    boolean over = owner.isSettled();
    try {
      while (!over && hasRoom()) {
        over = owner.awaitSettled(IDENTITY_WITHIN, IDENTITY_CHECK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // abandoned
    }
    return owner.isSettled();
  }

  /** Sends what is waiting, then shuts the exporter down. The result completes after that. */
  CompletableResultCode shutdown() {
    stopping = true;
    LockSupport.unpark(thread);
    return ended;
  }

  /** Drops what {@link #shutdown} has not sent yet. */
  void abandon() {
    if (!ended.isDone()) {
      thread.interrupt();
    }
  }
}
