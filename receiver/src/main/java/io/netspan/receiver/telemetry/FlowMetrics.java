package io.netspan.receiver.telemetry;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.metrics.Meter;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The metrics of flows, which are updated while the flows last. The counts of flows that end before
 * the processes at their ends are identified wait for that: at most {@link
 * Workload#IDENTIFIED_WITHIN_NS}, so at most as many as the kernel side holds in two or three
 * passes. Belongs to the thread that has the turn.
 */
public final class FlowMetrics {
  static final String IO = "netspan.flow.io";
  static final String DATAGRAMS = "netspan.flow.datagrams";

  private static final String UDP = "udp";
  private static final FlowRole[] ROLES = FlowRole.values();

  private final SeriesTable<FlowSeries> series;
  private final OptInAttributes optIn;
  private final ArrayDeque<Flow> unidentified = new ArrayDeque<>();
  private final SingleWriterCounter countedEarly = new SingleWriterCounter();

  public FlowMetrics(Meter meter, ServiceResources services) {
    this(meter, services, new OptInAttributes(List.of()));
  }

  public FlowMetrics(Meter meter, ServiceResources services, OptInAttributes optIn) {
    this.optIn = optIn;
    FlowSeries.Counters counters =
        new FlowSeries.Counters(
            meter.counterBuilder(IO).setUnit("By").setDescription("Payload of flows.").build(),
            meter
                .counterBuilder(DATAGRAMS)
                .setUnit("{datagram}")
                .setDescription("Datagrams of flows.")
                .build());
    series =
        new SeriesTable<>(
            meter,
            UDP,
            services,
            new SocketDetails(UDP, role -> ROLES[role].value(), optIn),
            id -> new FlowSeries(id, counters, optIn));
  }

  void counted(Flow flow) {
    if (flow.isIdentified()) {
      count(flow);
    } else {
      unidentified.addLast(flow);
    }
  }

  /** Counts the flows whose processes have been identified since. */
  void countIdentified() {
    while (!unidentified.isEmpty() && unidentified.getFirst().isIdentified()) {
      count(unidentified.removeFirst());
    }
  }

  /** Counts all flows, since no more events come. */
  void finish() {
    unidentified.forEach(this::count);
    unidentified.clear();
  }

  /** How often a flow was counted although a process at its ends may get another name. */
  public long countedEarly() {
    return countedEarly.get();
  }

  private void count(Flow flow) {
    if (!flow.isSettled()) {
      countedEarly.increment();
    }
    int port = flow.serverPort() == 0 ? SocketDetails.NO_PORT : flow.serverPort();
    Workload peer = flow.peerOwner();
    series
        .of(
            flow.owner().service(),
            peer == null ? null : peer.service(),
            SocketDetails.of(flow.role().ordinal(), port, optIn(flow)))
        .add(flow.sinceLast());
  }

  private int optIn(Flow flow) {
    FlowRole role = flow.role();
    return optIn.of(flow.ends(), role == FlowRole.CLIENT, role == FlowRole.SERVER, flow.owner());
  }
}
