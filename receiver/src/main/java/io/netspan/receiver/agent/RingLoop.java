package io.netspan.receiver.agent;

import io.netspan.bpf.RecordConsumer;
import io.netspan.receiver.telemetry.EpochOffset;

/**
 * Reads the ring until told to stop.
 *
 * <p>The kernel side wakes a sleeping reader at most every 20 ms ({@code wakeup_interval_ns} in
 * {@code emit.bpf.h}): a record put in within that time of a wake-up comes without one. So the
 * reader looks by itself at that interval until it has found nothing twice; whoever puts a record
 * in after that is more than an interval away from the last wake-up, and wakes it.
 */
final class RingLoop implements Runnable {
  private static final int BUDGET = 65_536;
  private static final int INTERVAL_MS = 20;
  private static final int IDLE_MS = 1_000;

  private final KernelTracer tracer;
  private final RecordConsumer decoder;
  private final EpochOffset epoch;
  private volatile boolean stopping;

  RingLoop(KernelTracer tracer, RecordConsumer decoder, EpochOffset epoch) {
    this.tracer = tracer;
    this.decoder = decoder;
    this.epoch = epoch;
  }

  @Override
  public void run() {
    int foundNothing = 0;
    long measuredNs = System.nanoTime();
    while (!stopping) {
      int consumed = tracer.drain(decoder, BUDGET);
      if (consumed < BUDGET) {
        foundNothing = consumed == 0 ? foundNothing + 1 : 0;
        tracer.await(foundNothing < 2 ? INTERVAL_MS : IDLE_MS);
      }
      long now = System.nanoTime();
      if (now - measuredNs >= IDLE_MS * 1_000_000L) {
        measuredNs = now;
        epoch.measure();
      }
    }
  }

  /** From any thread: {@link #run} returns soon, with what is in the ring unread. */
  void stop() {
    stopping = true;
    tracer.wakeUp();
  }

  /** After {@link #run} has returned and the programs are detached: reads what is left. */
  void drainRest() {
    while (tracer.drain(decoder, BUDGET) > 0) {
      // All of it: nothing is added any more.
    }
  }
}
