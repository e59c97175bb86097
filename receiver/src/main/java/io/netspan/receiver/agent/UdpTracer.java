package io.netspan.receiver.agent;

import io.netspan.bpf.BootClock;
import io.netspan.bpf.BpfException;
import io.netspan.bpf.BpfObject;
import io.netspan.config.UdpMode;
import io.netspan.config.UdpSettings;
import io.netspan.receiver.udp.FlowListener;
import io.netspan.receiver.udp.FlowTracker;
import io.netspan.receiver.wire.UdpFlowMaps;
import io.netspan.receiver.wire.UdpTallies;
import io.netspan.receiver.workload.WorkloadTable;
import java.util.List;

/**
 * Counts UDP flows, beside the tracer of connections. That this cannot be done does not stop the
 * tracer: it is said once.
 *
 * <p>{@link #poll} and {@link #finish} belong to the tracer's thread; the rest may come from any.
 */
final class UdpTracer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger("netspan.agent");
  private static final UdpTallies NONE = new UdpTallies(0, 0, 0, 0);

  private final UdpPrograms programs;
  private final UdpFlowMaps maps;
  private final FlowTracker tracker;
  private final String description;
  private List<Loss> lastLosses = losses(NONE, 0);
  private boolean failed; // Tracer's thread.
  private boolean closed;

  private UdpTracer(
      UdpPrograms programs, UdpFlowMaps maps, FlowTracker tracker, String description) {
    this.programs = programs;
    this.maps = maps;
    this.tracker = tracker;
    this.description = description;
  }

  /** What is to be done, and where flows go. */
  record Plan(
      UdpSettings settings, boolean includeSelf, WorkloadTable workloads, FlowListener listener) {

    boolean isOff() {
      return settings.mode() == UdpMode.OFF;
    }
  }

  /**
   * Loads and attaches.
   *
   * @param tracer of the connections, loaded
   * @throws UdpUnavailableException if this kernel has no way of seeing datagrams
   */
  static UdpTracer start(Plan plan, BpfObject tracer) {
    UdpMode mode = plan.settings().mode();
    UdpPrograms programs =
        UdpPrograms.attach(tracer, mode, plan.includeSelf(), UdpPrograms.Bounds.USUAL);
    try {
      UdpFlowMaps maps = programs.maps();
      return new UdpTracer(
          programs,
          maps,
          new FlowTracker(
              maps, plan.workloads(), plan.listener(), plan.settings().idleTimeout().toNanos()),
          (mode == UdpMode.SAMPLED ? "one of " + UdpPrograms.ONE_OF + " UDP flows by " : "UDP by ")
              + programs.describe());
    } catch (RuntimeException e) {
      programs.close();
      throw e;
    }
  }

  /** How it sees datagrams, and what that lacks. */
  String describe() {
    return description;
  }

  /**
   * Takes in what was counted; once a second.
   *
   * @param announcedNs up to this time of CLOCK_BOOTTIME the ring has been read
   * @throws BpfException if a program is not attached any more
   */
  void poll(long announcedNs) {
    if (!failed) {
      programs.requireAttached();
    }
    read(announcedNs);
  }

  private void read(long announcedNs) {
    if (failed) {
      return;
    }
    try {
      tracker.pass(BootClock.nanos(), announcedNs);
    } catch (BpfException e) {
      failed = true;
      programs.detach();
      LOG.log(
          System.Logger.Level.WARNING,
          "UDP flows are no longer counted, until the agent is started again: {0}",
          e.getMessage());
    }
  }

  /** After the last record of the ring was read: the rest, and the end of all flows. */
  void finish() {
    read(Long.MAX_VALUE);
    tracker.stop();
  }

  int tracked() {
    return tracker.tracked();
  }

  /** Every loss that there can be; also after {@link #close}. */
  synchronized List<Loss> losses() {
    return closed ? lastLosses : losses(maps.tallies(), programs.missedRuns());
  }

  private static List<Loss> losses(UdpTallies tallies, long missed) {
    return List.of(
        new Loss("kernel", "udp_socket_full", tallies.socketFull()),
        new Loss("kernel", "udp_table_full", tallies.tableFull()),
        new Loss("kernel", "udp_lost", tallies.lost()),
        new Loss("kernel", "udp_recursion", missed));
  }

  /** Nothing is counted any more; what was counted can still be read. */
  void detach() {
    programs.detach();
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
