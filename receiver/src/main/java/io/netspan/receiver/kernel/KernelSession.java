package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.receiver.source.Loss;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.KernelCounts;
import java.util.ArrayList;
import java.util.List;

/**
 * Watches connections with the kernel programs: reads their ring and makes passes over the open
 * sockets.
 */
final class KernelSession implements Session {
  private static final System.Logger LOG = System.getLogger("netspan.agent");

  private final KernelTracer tracer;
  private final RingLoop loop;
  private final KernelLink link;
  private final Turn turn;
  private List<Loss> lastLosses = List.of();
  private volatile boolean detached;
  private boolean closed;

  /**
   * A session with programs that are loaded and attached, which it owns from now on.
   *
   * @param loop reads their ring
   * @param link receives the tracer while it runs
   */
  KernelSession(KernelTracer tracer, RingLoop loop, KernelLink link, Turn turn) {
    this.tracer = tracer;
    this.loop = loop;
    this.link = link;
    this.turn = turn;
    link.connect(tracer);
  }

  @Override
  public void run() {
    try {
      loop.run();
    } catch (RuntimeException e) {
      takeWhatIsLeft(e);
      throw e;
    }
  }

  /** Takes in the rest of the ring, since the next session starts with a ring of its own. */
  private void takeWhatIsLeft(RuntimeException why) {
    try {
      tracer.detach();
      turn.run(this::finish);
    } catch (RuntimeException e) {
      why.addSuppressed(e);
      giveUp();
    }
  }

  @Override
  public void stop() {
    tracer.detach();
    loop.stop();
  }

  @Override
  public void finish() {
    loop.drainRest();
    detached = true;
  }

  @Override
  public void giveUp() {
    detached = true;
  }

  @Override
  public synchronized List<Loss> losses() {
    if (!closed) {
      lastLosses = read();
    }
    return lastLosses;
  }

  private List<Loss> read() {
    // The order matters: the kernel counts a skipped run before the stand-in makes up for it.
    long missed = tracer.missedRuns();
    KernelCounts kernel = tracer.tallies().read();
    List<Loss> all = new ArrayList<>();
    for (EventType type : EventType.values()) {
      if (type.isInRing()) {
        all.add(new Loss("kernel", "ring_full_" + type.value(), kernel.lost(type)));
      }
    }
    for (KernelCounts.Failure why : KernelCounts.Failure.values()) {
      all.add(new Loss("kernel", why.value(), kernel.failed(why)));
    }
    all.add(new Loss("kernel", "recursion", Math.max(0, missed - kernel.stoodIn())));
    all.add(new Loss("ring", "corrupt", tracer.ring().corrupt()));
    // Detached programs add no records, so what is still in the ring after the last reading is
    // lost.
    all.add(new Loss("ring", "unread", detached ? tracer.ring().pendingRecords() : 0));
    return all;
  }

  @Override
  public synchronized double bufferUsage() {
    return closed ? 0 : (double) tracer.ring().pendingBytes() / tracer.ring().capacity();
  }

  @Override
  public String describe() {
    return tracer.rungs();
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    try {
      lastLosses = read();
    } catch (BpfException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "the losses since the last reading can no longer be read: {0}",
          e.getMessage());
    } finally {
      closed = true;
      link.disconnect();
      tracer.close();
    }
  }
}
