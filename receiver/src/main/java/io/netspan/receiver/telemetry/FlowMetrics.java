package io.netspan.receiver.telemetry;

import io.netspan.receiver.udp.Flow;
import io.netspan.receiver.udp.FlowRole;
import io.opentelemetry.api.metrics.Meter;

/**
 * The metrics of flows, which are updated while the flows last and observed when a reader collects.
 *
 * <p>Belongs to the thread that has the turn, except for the observations.
 */
public final class FlowMetrics {
  private static final FlowRole[] ROLES = FlowRole.values();

  private final SeriesTable<FlowSeries> series;

  public FlowMetrics(Meter meter, ServiceResources services) {
    series =
        new SeriesTable<>(
            services, new SocketDetails("udp", role -> ROLES[role].value()), FlowSeries::new);
    meter
        .counterBuilder("netspan.flow.io")
        .setUnit("By")
        .setDescription("Payload of flows.")
        .buildWithCallback(
            to ->
                series.forEach(
                    one -> SocketDetails.record(to, one, one.bytesSent(), one.bytesReceived())));
    meter
        .counterBuilder("netspan.flow.datagrams")
        .setUnit("{datagram}")
        .setDescription("Datagrams of flows.")
        .buildWithCallback(
            to ->
                series.forEach(
                    one ->
                        SocketDetails.record(
                            to, one, one.datagramsSent(), one.datagramsReceived())));
  }

  void counted(Flow flow) {
    int port = flow.serverPort() == 0 ? SocketDetails.NO_PORT : flow.serverPort();
    series
        .of(flow.owner().service(), SocketDetails.of(flow.role().ordinal(), port))
        .add(flow.sinceLast());
  }
}
