package io.netspan.receiver.kernel;

import io.netspan.config.UdpMode;
import io.netspan.config.UdpSettings;
import io.netspan.receiver.source.Session;
import io.netspan.receiver.source.Source;
import io.netspan.receiver.source.SourceUnavailableException;
import io.netspan.receiver.source.Start;
import io.netspan.receiver.source.Turn;
import io.netspan.receiver.udp.FlowListener;
import io.netspan.receiver.udp.FlowTracker;
import io.netspan.receiver.workload.WorkloadTable;

/**
 * UDP flows, counted by kernel programs that share the maps of the connection tracer.
 *
 * @param link holds that tracer while it runs
 */
public record UdpSource(
    UdpSettings settings,
    boolean includeSelf,
    KernelLink link,
    WorkloadTable workloads,
    FlowListener listener,
    Turn turn)
    implements Source {

  @Override
  public String name() {
    return "UDP flows";
  }

  @Override
  public Session start(Start how) {
    KernelTracer tracer = link.tracer();
    if (tracer == null) {
      throw new SourceUnavailableException(
          "kernel programs count them, and connections are polled without kernel programs");
    }
    UdpMode mode = settings.mode();
    UdpPrograms programs = UdpPrograms.attach(tracer.object(), mode, includeSelf);
    try {
      UdpFlowMaps maps = programs.maps();
      FlowTracker flows =
          new FlowTracker(maps, workloads, listener, settings.idleTimeout().toNanos());
      return new UdpSession(link, tracer, programs, maps, flows, turn, describe(mode, programs));
    } catch (RuntimeException e) {
      programs.close();
      throw e;
    }
  }

  private static String describe(UdpMode mode, UdpPrograms programs) {
    return (mode == UdpMode.SAMPLED
            ? "one of " + UdpPrograms.ONE_OF + " UDP flows by "
            : "UDP datagrams by ")
        + programs.describe();
  }

  @Override
  public String unavailableNotice(String why) {
    return "UDP flows are not seen: " + why;
  }

  @Override
  public String restartNotice(String why) {
    return "the programs that count UDP flows failed, so they are started again: " + why;
  }

  @Override
  public String endNotice(String why) {
    return "UDP flows are no longer counted until the agent is restarted: " + why;
  }
}
