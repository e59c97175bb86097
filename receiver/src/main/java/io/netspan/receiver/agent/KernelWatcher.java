package io.netspan.receiver.agent;

import io.netspan.bpf.BpfException;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.telemetry.EpochOffset;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.KernelTallies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Watches by the kernel programs: their ring, and passes over what is open. */
final class KernelWatcher implements Watcher {
  private static final System.Logger LOG = System.getLogger("netspan.agent");

  private final KernelTracer tracer;
  private final EventDecoder decoder;
  private final RingLoop loop;
  private final @Nullable UdpTracer udp;
  private final long[] decodedBefore = new long[EventType.values().length];
  private List<Loss> lastLosses = List.of();
  private volatile boolean detached;
  private boolean closed;

  private KernelWatcher(
      KernelTracer tracer, EventDecoder decoder, RingLoop loop, @Nullable UdpTracer udp) {
    this.tracer = tracer;
    this.decoder = decoder;
    this.loop = loop;
    this.udp = udp;
    for (EventType type : EventType.values()) {
      decodedBefore[type.ordinal()] = decoder.counters().decodedOf(type);
    }
  }

  /**
   * Watches by programs that are loaded, and owns them from now on.
   *
   * @param tracer loaded and attached
   * @param passEvery zero: only the first pass
   * @param again whether another one ran before this: what its passes find new was lost meanwhile
   * @throws BpfException if they cannot run here
   */
  static KernelWatcher start(
      KernelTracer tracer,
      Duration passEvery,
      boolean again,
      ConnectionTracker tracker,
      EventDecoder decoder,
      EpochOffset epoch,
      UdpTracer.Plan flows) {
    UdpTracer udp = null;
    try {
      udp = countFlows(tracer, flows);
      LongConsumer everySecond = udp == null ? readUpToNs -> {} : udp::poll;
      RingLoop loop = new RingLoop(tracer, decoder, epoch, tracker, passEvery, again, everySecond);
      return new KernelWatcher(tracer, decoder, loop, udp);
    } catch (RuntimeException e) {
      if (udp != null) {
        udp.close();
      }
      tracer.close();
      throw e;
    }
  }

  private static @Nullable UdpTracer countFlows(KernelTracer tracer, UdpTracer.Plan flows) {
    if (flows.isOff()) {
      return null;
    }
    try {
      return tracer.countFlows(flows);
    } catch (UdpUnavailableException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "UDP flows are not seen: this kernel lets no program see datagrams ({0})",
          e.getMessage());
      return null;
    }
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

  /** Another one starts without what this one knows. */
  private void takeWhatIsLeft(RuntimeException why) {
    try {
      detach();
      finish();
    } catch (RuntimeException e) {
      why.addSuppressed(e);
      giveUp();
    }
  }

  @Override
  public void stop() {
    detach();
    loop.stop();
  }

  private void detach() {
    tracer.detach();
    if (udp != null) {
      udp.detach();
    }
  }

  @Override
  public void finish() {
    loop.drainRest();
    if (udp != null) {
      udp.finish();
    }
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
    if (udp != null) {
      all.addAll(udp.losses());
    }
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
  public synchronized double bufferUsage() {
    return closed ? 0 : (double) tracer.ring().pendingBytes() / tracer.ring().capacity();
  }

  @Override
  public String describe() {
    return udp == null ? tracer.rungs() : tracer.rungs() + "; " + udp.describe();
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
          "what was lost since it was last asked for cannot be read any more: {0}",
          e.getMessage());
    } finally {
      closed = true;
      try (tracer) {
        if (udp != null) {
          udp.close();
        }
      }
    }
  }
}
