package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfException;
import io.netspan.linux.clock.BootClock;
import io.netspan.receiver.source.Loss;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.SupersededException;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.udp.FlowTracker;
import io.netspan.receiver.wire.UdpTallies;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Counts UDP flows alongside the tracer of connections, and shares its ring, announced processes
 * and tallies. When that tracer is replaced, this session is superseded.
 */
final class UdpSession implements Session {
  private static final long EVERY_NS = TimeUnit.SECONDS.toNanos(1);
  private static final UdpTallies NONE = new UdpTallies(0, 0, 0, 0);

  private final KernelLink link;
  private final KernelTracer tracer;
  private final UdpPrograms programs;
  private final UdpFlowMaps maps;
  private final FlowTracker tracker;
  private final Turn turn;
  private final String description;
  private List<Loss> lastLosses = losses(NONE, 0);
  private volatile boolean stopping;
  private volatile @Nullable Thread runner; // Set by run, read by stop.
  private long dueNs = Long.MAX_VALUE; // CLOCK_BOOTTIME; only the thread that runs uses it.
  private boolean closed;

  UdpSession(
      KernelLink link,
      KernelTracer tracer,
      UdpPrograms programs,
      UdpFlowMaps maps,
      FlowTracker flows,
      Turn turn,
      String description) {
    this.link = link;
    this.tracer = tracer;
    this.programs = programs;
    this.maps = maps;
    this.tracker = flows;
    this.turn = turn;
    this.description = description;
  }

  /** How the session sees datagrams, and what it does not see. */
  @Override
  public String describe() {
    return description;
  }

  /**
   * Reads what the programs counted, once a second and where flows are cut.
   *
   * @throws BpfException if a program is not attached any more, or a map cannot be read
   */
  @Override
  public void run() {
    runner = Thread.currentThread();
    try {
      loop();
    } catch (SupersededException e) {
      throw e;
    } catch (RuntimeException e) {
      takeWhatIsLeft(e);
      throw e;
    }
  }

  private void takeWhatIsLeft(RuntimeException why) {
    turn.take();
    try {
      programs.detach();
      finish();
    } catch (RuntimeException e) {
      why.addSuppressed(e);
    } finally {
      turn.giveBack();
    }
  }

  private void loop() {
    long nextNs = System.nanoTime() + EVERY_NS;
    while (!stopping) {
      long now = System.nanoTime();
      long waitNs = Math.min(nextNs - now, dueNs - BootClock.nanos());
      if (waitNs > 0) {
        LockSupport.parkNanos(this, waitNs);
        continue;
      }
      nextNs = now + EVERY_NS;
      turn.run(this::pass);
    }
  }

  private void pass() {
    if (stopping) {
      return;
    }
    if (link.tracer() != tracer) {
      programs.detach();
      finish();
      throw new SupersededException("the tracer of connections was replaced");
    }
    programs.requireAttached();
    tracker.pass(BootClock.nanos(), tracer.readUpToNs());
    dueNs = tracker.passDueNs();
  }

  @Override
  public void stop() {
    stopping = true;
    programs.detach();
    LockSupport.unpark(runner);
  }

  /**
   * Takes in the remaining counts and ends all flows, after the last record of the ring has been
   * read.
   */
  @Override
  public void finish() {
    tracker.pass(BootClock.nanos(), Long.MAX_VALUE);
    tracker.stop();
  }

  /** Every reason for a loss, with its count; also after {@link #close}. */
  @Override
  public synchronized List<Loss> losses() {
    return closed ? lastLosses : losses(maps.tallies(), programs.missedRuns());
  }

  private static List<Loss> losses(UdpTallies tallies, long missed) {
    return List.of(
        new Loss("kernel", "udp_socket_full", tallies.socketFull()),
        new Loss("kernel", "udp_table_full", tallies.tableFull()),
        new Loss("kernel", "udp_lost", tallies.lost()),
        new Loss("kernel", "udp_recursion", missed));
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      lastLosses = losses();
      closed = true;
      maps.close();
      programs.close();
    }
  }
}
