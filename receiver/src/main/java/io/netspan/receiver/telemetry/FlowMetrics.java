package io.netspan.receiver.telemetry;

import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowRole;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.metrics.Meter;

/**
 * The metrics of flows, which are updated while the flows last. Belongs to the thread that has the
 * turn.
 */
public final class FlowMetrics {
  private static final String UDP = "udp";
  private static final FlowRole[] ROLES = FlowRole.values();

  private final SeriesTable<FlowSeries> series;

  public FlowMetrics(Meter meter, ServiceResources services) {
    FlowSeries.Counters counters =
        new FlowSeries.Counters(
            meter
                .counterBuilder("netspan.flow.io")
                .setUnit("By")
                .setDescription("Payload of flows.")
                .build(),
            meter
                .counterBuilder("netspan.flow.datagrams")
                .setUnit("{datagram}")
                .setDescription("Datagrams of flows.")
                .build());
    series =
        new SeriesTable<>(
            meter,
            UDP,
            services,
            new SocketDetails(UDP, role -> ROLES[role].value()),
            id -> new FlowSeries(id, counters));
  }

  void counted(Flow flow) {
    int port = flow.serverPort() == 0 ? SocketDetails.NO_PORT : flow.serverPort();
    Workload peer = flow.peerOwner();
    series
        .of(
            flow.owner().service(),
            peer == null ? null : peer.service(),
            SocketDetails.of(flow.role().ordinal(), port))
        .add(flow.sinceLast());
  }
}
