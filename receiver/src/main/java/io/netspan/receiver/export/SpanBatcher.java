package io.netspan.receiver.export;

import io.netspan.config.BatchSettings;
import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Gives spans to one exporter in batches, on a thread of its own. A batch is sent when it is full,
 * or after the schedule delay. The SDK's processor does the same, but an SDK that is built from a
 * configuration file hands its processors to nobody, and what it drops it counts in its own metrics
 * only.
 *
 * <p>{@link #offer} is for one thread, the tracer's, and never blocks.
 */
final class SpanBatcher {
  private static final System.Logger LOG = System.getLogger("netspan.export");

  /** So that a delay of 0 does not keep a processor busy. */
  private static final long SHORTEST_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(1);

  private final SpanExporter exporter;
  private final BatchSettings settings;
  private final SpanQueue queue;
  private final SingleWriterCounter offered = new SingleWriterCounter();
  private final SingleWriterCounter queueFull = new SingleWriterCounter();
  private final SingleWriterCounter processed = new SingleWriterCounter();
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

  /** Owns the exporter from now on. */
  static SpanBatcher start(SpanExporter exporter, BatchSettings settings) {
    SpanBatcher batcher = new SpanBatcher(exporter, settings);
    batcher.thread.start();
    return batcher;
  }

  BatchSettings settings() {
    return settings;
  }

  /** Tracer's thread. */
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

  /** Spans that were offered. Any thread, as the following. */
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

  /** Spans that wait. */
  int waiting() {
    return queue.size();
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
    // Never used again: an exporter may still be reading the last one when its time is over.
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
      CompletableResultCode result = exporter.export(batch);
      long timeout = settings.exportTimeout().toNanos();
      result.join(timeout == 0 ? Long.MAX_VALUE : timeout, TimeUnit.NANOSECONDS);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "spans could not be exported: " + e);
    }
  }

  /** Sends what is waiting, then shuts the exporter down; the result says when. */
  CompletableResultCode shutdown() {
    stopping = true;
    LockSupport.unpark(thread);
    return ended;
  }

  /** Gives up what {@link #shutdown} has not sent yet. */
  void abandon() {
    if (!ended.isDone()) {
      thread.interrupt();
    }
  }
}
