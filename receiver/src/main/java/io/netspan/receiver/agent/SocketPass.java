package io.netspan.receiver.agent;

import io.netspan.bpf.BpfIterator;
import io.netspan.receiver.track.Provenance;
import io.netspan.receiver.track.Reconciler;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.EventType;
import java.util.concurrent.TimeUnit;

/**
 * One pass over all open sockets, for the {@link Reconciler}. Each piece is some 30 KiB of records,
 * after which the ring is read, so that it does not fill meanwhile and the reconciler knows all
 * events that are older than the piece. On the tracer's thread.
 */
final class SocketPass {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final long PROGRESS_EVERY_NS = TimeUnit.SECONDS.toNanos(1);

  private final KernelTracer tracer;
  private final EventDecoder decoder;
  private final Reconciler reconciler;
  private final Runnable drain;
  private long asked;

  /**
   * @param drain reads the ring until it has caught up
   */
  SocketPass(KernelTracer tracer, EventDecoder decoder, Reconciler reconciler, Runnable drain) {
    this.tracer = tracer;
    this.decoder = decoder;
    this.reconciler = reconciler;
    this.drain = drain;
  }

  /** The first: what is open already, when the programs have been attached. */
  void seed() {
    long began = System.nanoTime();
    long before = found();
    run(Provenance.BACKFILLED);
    LOG.log(
        System.Logger.Level.INFO,
        "found {0} descriptors of TCP sockets open ({1} ms)",
        Long.toString(found() - before),
        Long.toString(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
  }

  /** One of the later ones: what is new was lost. */
  void reconcile() {
    run(Provenance.INFERRED);
  }

  private void run(Provenance ofNew) {
    boolean complete = false;
    drain.run();
    reconciler.begin(System.nanoTime(), ofNew);
    try {
      walk();
      reconciler.forEachMissing(this::ask);
      drain.run();
      complete = true;
    } finally {
      if (complete) {
        reconciler.finish(System.nanoTime());
      } else {
        reconciler.abandon();
      }
    }
  }

  private void walk() {
    long before = found();
    long said = System.nanoTime();
    try (BpfIterator descriptors = tracer.descriptors()) {
      while (descriptors.fill()) {
        drain.run();
        descriptors.deliver(decoder);
        long now = System.nanoTime();
        if (now - said >= PROGRESS_EVERY_NS) {
          said = now;
          LOG.log(
              System.Logger.Level.INFO,
              "looking at open sockets: {0} descriptors until now",
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
    tracer.inquiry().ask(sk, decoder);
    if (++asked % 1_024 == 0) {
      drain.run();
    }
  }

  private long found() {
    return decoder.counters().decodedOf(EventType.TCP_SOCKET);
  }
}
