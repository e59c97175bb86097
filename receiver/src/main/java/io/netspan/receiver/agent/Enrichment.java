package io.netspan.receiver.agent;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.workload.WorkloadTable;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/**
 * The thread that reads files about processes, fed by a bounded queue: what does not fit stays with
 * what the kernel told, and is counted.
 */
final class Enrichment implements Consumer<WorkloadTable.Completion>, AutoCloseable {
  private static final int QUEUE = 8_192;

  private final BlockingQueue<WorkloadTable.Completion> queue = new ArrayBlockingQueue<>(QUEUE);
  private final SingleWriterCounter queueFull = new SingleWriterCounter();
  private final SingleWriterCounter failed = new SingleWriterCounter();
  private final Thread thread = new Thread(this::run, "netspan-enrichment");

  static Enrichment start() {
    Enrichment enrichment = new Enrichment();
    enrichment.thread.setDaemon(true);
    enrichment.thread.start();
    return enrichment;
  }

  /** From the tracer's thread. */
  @Override
  public void accept(WorkloadTable.Completion completion) {
    if (!queue.offer(completion)) {
      queueFull.increment();
      completion.abandon();
    }
  }

  long failed() {
    return failed.get();
  }

  long queueFull() {
    return queueFull.get();
  }

  private void run() {
    try {
      while (true) {
        complete(queue.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void complete(WorkloadTable.Completion completion) {
    try {
      completion.run();
    } catch (RuntimeException e) {
      failed.increment(); // One process that cannot be read must not end the others' identities.
      completion.abandon();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
