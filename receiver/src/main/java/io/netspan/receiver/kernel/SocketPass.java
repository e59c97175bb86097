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
 * One pass over all open sockets, for the {@link Reconciler}. The pass reads about 30 KiB of
 * records at a time, and reads the ring before it hands them over, so that the ring does not fill
 * up during the pass and the reconciler knows all events that are older than those records. Runs on
 * the thread that has the turn.
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
   * @param catchUp reads the ring until every record from before the call has been read; false if
   *     that failed
   */
  SocketPass(
      KernelTracer tracer, EventDecoder decoder, Reconciler reconciler, BooleanSupplier catchUp) {
    this.tracer = tracer;
    this.decoder = decoder;
    this.reconciler = reconciler;
    this.catchUp = catchUp;
  }

  /**
   * Makes the first pass, over the sockets that are already open when the programs have been
   * attached.
   *
   * @param start {@link Start#FIRST}: the sockets were open before; {@link Start#AGAIN}: those that
   *     are unknown were missed
   */
  void first(Start start) {
    ofNew = start == Start.AGAIN ? Provenance.INFERRED : Provenance.BACKFILLED;
    long began = System.nanoTime();
    if (reconcile()) {
      LOG.log(
          System.Logger.Level.INFO,
          "open connection sides: {0} (scanned in {1} ms)",
          Integer.toString(reconciler.tracked()),
          Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
    }
  }

  /**
   * Makes a later pass. A socket that only this pass finds was missed, unless no earlier pass was
   * complete.
   *
   * @return false if the pass was abandoned
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

  /** Ends the current pass early, and any later one. Any thread. */
  void stop() {
    stopping = true;
  }

  private boolean run() {
    boolean complete = false;
    upToDate = true;
    catchUp();
    tracer.beginPass(reconciler.needsEverything());
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
   * Reads the ring. If earlier events stay unread, the pass would mistake late connections for lost
   * ones, so it is abandoned and left to the next pass.
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
              "scanning open sockets: {0} so far",
              Long.toString(found() - before));
        }
      }
    }
  }

  /**
   * Asks for one socket that the walk did not find. The event that reports a socket's end is in the
   * ring before the socket appears closed, and is read before the pass finishes.
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
    return decoder.counters().decodedOf(EventType.TCP_SOCKET)
        + decoder.counters().decodedOf(EventType.TCP_UNCHANGED);
  }
}
