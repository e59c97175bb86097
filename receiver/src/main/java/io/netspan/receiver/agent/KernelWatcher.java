package io.netspan.receiver.agent;

import io.netspan.bpf.BpfException;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.track.ConnectionTracker;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.KernelTallies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Watches by the kernel programs: their ring, and passes over what is open. */
final class KernelWatcher implements Watcher {
  private final KernelTracer tracer;
  private final EventDecoder decoder;
  private final RingLoop loop;
  private final long[] decodedBefore = new long[EventType.values().length];
  private List<Loss> lastLosses = List.of();
  private volatile boolean detached;
  private boolean closed;

  private KernelWatcher(KernelTracer tracer, EventDecoder decoder, RingLoop loop) {
    this.tracer = tracer;
    this.decoder = decoder;
    this.loop = loop;
    for (EventType type : EventType.values()) {
      decodedBefore[type.ordinal()] = decoder.counters().decodedOf(type);
    }
  }

  /**
   * Loads the programs and attaches them last.
   *
   * @param passEvery zero: only the first pass
   * @param again whether another one ran before this: what its passes find new was lost meanwhile
   * @throws BpfException if they cannot run here
   */
  static KernelWatcher start(
      long ringBytes,
      boolean includeSelf,
      Duration passEvery,
      boolean again,
      ConnectionTracker tracker,
      EventDecoder decoder,
      EpochOffset epoch) {
    KernelTracer tracer = KernelTracer.load(ringBytes, includeSelf);
    try {
      RingLoop loop = new RingLoop(tracer, decoder, epoch, tracker, passEvery, again);
      KernelWatcher watcher = new KernelWatcher(tracer, decoder, loop);
      tracer.attach();
      return watcher;
    } catch (RuntimeException e) {
      tracer.close();
      throw e;
    }
  }

  @Override
  public void run() {
    loop.run();
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
  public synchronized List<Loss> losses() {
    return closed ? lastLosses : read();
  }

  private List<Loss> read() {
    // In this order: a run that was left out is counted before it is made up for, a record is
    // counted before it can be read.
    long missed = tracer.missedRuns();
    long[] decoded = decoded();
    KernelTallies.Counts kernel = tracer.tallies().read();
    List<Loss> all = new ArrayList<>();
    long unread = 0;
    for (EventType type : EventType.values()) {
      if (type.isInRing()) {
        String name = Health.name(type);
        all.add(new Loss("kernel", "ring_full_" + name, kernel.lost(type)));
        unread += kernel.sent(type) - decoded[type.ordinal()];
      }
    }
    for (KernelTallies.Failure why : KernelTallies.Failure.values()) {
      all.add(new Loss("kernel", why.value(), kernel.failed(why)));
    }
    all.add(new Loss("kernel", "recursion", Math.max(0, missed - kernel.stoodIn())));
    all.add(new Loss("ring", "corrupt", tracer.ring().corrupt()));
    // While events come, some are always on their way: only the end tells.
    all.add(new Loss("ring", "unread", detached ? unread : 0));
    return all;
  }

  private long[] decoded() {
    long[] since = new long[decodedBefore.length];
    for (EventType type : EventType.values()) {
      since[type.ordinal()] = decoder.counters().decodedOf(type) - decodedBefore[type.ordinal()];
    }
    return since;
  }

  @Override
  public double bufferUsage() {
    return (double) tracer.ring().pendingBytes() / tracer.ring().capacity();
  }

  @Override
  public String describe() {
    return tracer.rungs();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      lastLosses = read();
      closed = true;
      tracer.close();
    }
  }
}
