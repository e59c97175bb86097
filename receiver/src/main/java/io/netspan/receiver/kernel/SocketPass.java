package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfIterator;
import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.source.Start;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.tcp.Reconciler;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.EventType;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One pass over all open sockets, for the {@link Reconciler}. Each piece is some 30 KiB of records,
 * after which the ring is read, so that it does not fill meanwhile and the reconciler knows all
 * events that are older than the piece. On the thread that has the turn.
 */
final class SocketPass {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final long PROGRESS_EVERY_NS = TimeUnit.SECONDS.toNanos(1);

  private final KernelTracer tracer;
  private final EventDecoder decoder;
  private final Reconciler reconciler;
  private final BooleanSupplier catchUp;
  private volatile boolean stopping;
  private Provenance ofNew = Provenance.BACKFILLED;
  private boolean upToDate;
  private long asked;

  /**
   * @param catchUp reads the ring until all that is there at the call has been read; false if it
   *     could not
   */
  SocketPass(
      KernelTracer tracer, EventDecoder decoder, Reconciler reconciler, BooleanSupplier catchUp) {
    this.tracer = tracer;
    this.decoder = decoder;
    this.reconciler = reconciler;
    this.catchUp = catchUp;
  }

  /**
   * The first: what is open already, when the programs have been attached.
   *
   * @param start if it is not the first, what is new was missed
   */
  void first(Start start) {
    ofNew = start == Start.AGAIN ? Provenance.INFERRED : Provenance.BACKFILLED;
    long began = System.nanoTime();
    long before = found();
    if (reconcile()) {
      LOG.log(
          System.Logger.Level.INFO,
          "found {0} of open TCP sockets ({1} ms)",
          found() - before == 1 ? "1 descriptor" : (found() - before) + " descriptors",
          Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
    }
  }

  /**
   * One of the later ones: what is new was lost, unless there has been no whole pass before.
   *
   * @return false if it was broken off
   */
  boolean reconcile() {
    boolean complete = run();
    if (complete) {
      ofNew = Provenance.INFERRED;
    } else if (!stopping) {
      LOG.log(
          System.Logger.Level.DEBUG,
          "a scan of the open sockets was abandoned, because the ring's events were late");
    }
    return complete;
  }

  /** From any thread: breaks off what is running, and what would run. */
  void stop() {
    stopping = true;
  }

  private boolean run() {
    boolean complete = false;
    upToDate = true;
    catchUp();
    reconciler.begin(BootClock.nanos(), ofNew);
    try {
      walk();
      if (upToDate) {
        reconciler.forEachMissing(this::ask);
        catchUp();
      }
      complete = upToDate;
    } finally {
      if (complete) {
        reconciler.finish(BootClock.nanos());
      } else {
        reconciler.abandon();
      }
    }
    return complete;
  }

  /**
   * If earlier events are still unread, the pass would mistake late connections for lost ones: it
   * is abandoned, and the next one does its work.
   */
  private void catchUp() {
    upToDate = upToDate && !stopping && catchUp.getAsBoolean();
  }

  private void walk() {
    long before = found();
    long said = System.nanoTime();
    try (BpfIterator descriptors = tracer.descriptors()) {
      while (upToDate && descriptors.fill()) {
        catchUp();
        if (upToDate) {
          descriptors.deliver(decoder);
        }
        long now = System.nanoTime();
        if (now - said >= PROGRESS_EVERY_NS) {
          said = now;
          LOG.log(
              System.Logger.Level.INFO,
              "scanning open sockets: {0} descriptors so far",
              Long.toString(found() - before));
        }
      }
    }
  }

  /**
   * The event that a socket's end is told with is in the ring before the socket looks closed, and
   * is read before the pass is finished.
   */
  private void ask(long sk) {
    if (!upToDate) {
      return;
    }
    tracer.inquiry().ask(sk, decoder);
    if (++asked % 1_024 == 0) {
      catchUp();
    }
  }

  private long found() {
    return decoder.counters().decodedOf(EventType.TCP_SOCKET);
  }
}
