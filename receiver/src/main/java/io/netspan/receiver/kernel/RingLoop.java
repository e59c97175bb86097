package io.netspan.receiver.kernel;

import io.netspan.bpf.RecordConsumer;
import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.source.Start;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.wire.EventDecoder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ring until it is stopped, and scans the open sockets at an interval.
 *
 * <p>A record submitted within {@link KernelTracer#patienceNs} after a wake-up causes none, unless
 * the ring fills up; one that announces a process or a listener causes none within {@link
 * KernelTracer#WAKEUP_INTERVAL_NS}. So each time the reader has found records, it naps at most for
 * the longer time and reads again, and nothing ends a nap within the shorter one: each reading has
 * cold caches, and costs as much for one record as for many. It waits for a wake-up without a limit
 * only after twice the longer time without records: a record submitted after that wakes it. The nap
 * gets shorter if the ring fills by more than an eighth during it.
 */
final class RingLoop implements Runnable {
  private static final int BUDGET = 65_536;
  private static final long INTERVAL_NS = KernelTracer.WAKEUP_INTERVAL_NS;
  private static final long SHORTEST_NAP_NS = TimeUnit.MICROSECONDS.toNanos(100);
  private static final long CATCH_UP_WITHIN_NS = TimeUnit.SECONDS.toNanos(2);
  private static final int IDLE_MS = 1_000;
  private static final long CHECK_EVERY_NS = TimeUnit.SECONDS.toNanos(1);

  /** A pass that a listener wants, at a cut, follows the one before no sooner. */
  private static final long EXTRA_PASS_AFTER_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final KernelTracer tracer;
  private final RecordConsumer decoder;
  private final EpochOffset epoch;
  private final ConnectionTracker tracker;
  private final SocketPass pass;
  private final long passEveryNs;
  private final Start start;
  private final Turn turn;
  private volatile boolean stopping;
  private volatile @Nullable Thread runner; // Set by run, read by stop.
  private long napNs = INTERVAL_NS;
  private long foundNs;
  private long checkedNs;
  private long pending;
  private int consumed;
  private long nextPassNs;
  private long extraPassNs;
  private boolean passPrepared;

  /**
   * A loop that {@link #run} starts.
   *
   * @param passEvery the time between two passes over the open sockets; zero: only one pass
   * @param start decides whether a connection that only the first pass finds was open before, or
   *     was missed
   * @param turn held while events are processed, not while the loop waits
   */
  RingLoop(
      KernelTracer tracer,
      EventDecoder decoder,
      EpochOffset epoch,
      ConnectionTracker tracker,
      Duration passEvery,
      Start start,
      Turn turn) {
    this.tracer = tracer;
    this.decoder = decoder;
    this.epoch = epoch;
    this.tracker = tracker;
    this.pass = new SocketPass(tracer, decoder, tracker.reconciler(), this::catchUp);
    this.passEveryNs = passEvery.isZero() ? Long.MAX_VALUE / 2 : passEvery.toNanos();
    this.start = start;
    this.turn = turn;
    tracker.portsBy(sk -> tracer.inquiry().ask(sk, decoder));
  }

  @Override
  public void run() {
    runner = Thread.currentThread();
    turn.run(() -> pass.first(start));
    foundNs = System.nanoTime();
    checkedNs = foundNs;
    nextPassNs = foundNs + passEveryNs;
    while (!stopping) {
      boolean passed;
      turn.take();
      try {
        passed = work();
      } finally {
        turn.giveBack();
      }
      if (!passed) {
        pause();
      }
    }
  }

  /**
   * Reads the ring, and makes a pass if it is due.
   *
   * @return whether a pass was made: then the ring is read again at once
   */
  private boolean work() {
    long before = BootClock.nanos();
    pending = tracer.ring().pendingBytes();
    consumed = drain(pending);
    long now = System.nanoTime();
    if (consumed > 0) {
      foundNs = now;
    }
    if (consumed < BUDGET) {
      tracer.hasReadUpTo(before);
      tracker.reportEnds(before);
    }
    if (now - checkedNs >= CHECK_EVERY_NS) {
      checkedNs = now;
      tracer.requireAttached();
    }
    if (untilPassNs(now) > 0) {
      return false;
    }
    pass();
    return true;
  }

  /** How long until the next pass, or the second half of one that is prepared, is due. */
  private long untilPassNs(long now) {
    long untilNext = nextPassNs - now;
    return passPrepared
        ? untilNext
        : Math.min(untilNext, Math.max(extraPassNs - now, tracker.passDueNs() - BootClock.nanos()));
  }

  private void pause() {
    long now = System.nanoTime();
    long dueNs = Math.min(untilPassNs(now), tracker.readDueNs() - BootClock.nanos());
    if (now - foundNs > 2 * tracer.patienceNs()) {
      tracer.await(Math.clamp(TimeUnit.NANOSECONDS.toMillis(dueNs) + 1, 1, IDLE_MS));
    } else if (consumed < BUDGET) {
      nap(dueNs);
    }
  }

  private int drain(long pending) {
    epoch.measure();
    if (pending > tracer.ring().capacity() / 8 * 7) {
      tracker.eventsMayBeMissing(BootClock.nanos());
    }
    int consumed = tracer.drain(decoder, BUDGET);
    tracker.askForPorts();
    return consumed;
  }

  /**
   * Reads the ring until every record from before the call has been read.
   *
   * @return false if that took too long, because a record is not finished
   */
  private boolean catchUp() {
    long mark = tracer.ring().mark();
    long deadline = System.nanoTime() + CATCH_UP_WITHIN_NS;
    drain(tracer.ring().pendingBytes());
    while (!tracer.ring().hasRead(mark)) {
      if (stopping || System.nanoTime() > deadline) {
        return false;
      }
      LockSupport.parkNanos(this, SHORTEST_NAP_NS);
      drain(tracer.ring().pendingBytes());
    }
    return true;
  }

  private void pass() {
    if (!passPrepared) {
      passPrepared = true;
      tracker.reconciler().prepare();
      nextPassNs = System.nanoTime() + INTERVAL_NS;
      return;
    }
    passPrepared = false;
    pass.reconcile();
    long now = System.nanoTime();
    nextPassNs = Math.max(nextPassNs - INTERVAL_NS + passEveryNs, now);
    extraPassNs = now + EXTRA_PASS_AFTER_NS;
  }

  private void nap(long dueNs) {
    adaptNap();
    long firstNs = Math.min(napNs, INTERVAL_NS);
    LockSupport.parkNanos(this, firstNs);
    long restNs = Math.min(napNs, Math.max(dueNs, INTERVAL_NS)) - firstNs;
    int restMs = (int) TimeUnit.NANOSECONDS.toMillis(restNs);
    if (restMs > 0) {
      tracer.await(restMs);
    }
  }

  private void adaptNap() {
    long capacity = tracer.ring().capacity();
    if (pending > capacity / 8) {
      napNs = Math.max(SHORTEST_NAP_NS, napNs / 2);
    } else if (pending < capacity / 32) {
      napNs = Math.min(tracer.patienceNs(), napNs * 2);
    }
  }

  /** Makes {@link #run} return soon and leave the rest of the ring unread. Any thread. */
  void stop() {
    stopping = true;
    pass.stop();
    LockSupport.unpark(runner);
    tracer.wakeUp();
  }

  /** Reads the rest of the ring, after {@link #run} has returned and the programs are detached. */
  void drainRest() {
    while (tracer.drain(decoder, BUDGET) > 0) {
      // This ends, because no program adds records any more.
    }
    tracker.endOfEvents(BootClock.nanos());
  }
}
