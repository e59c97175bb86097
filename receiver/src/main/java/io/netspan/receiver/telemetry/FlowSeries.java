package io.netspan.receiver.telemetry;

import io.netspan.receiver.udp.Flow;
import io.opentelemetry.api.metrics.LongCounter;

/** The counts of the flows with the same attributes. */
final class FlowSeries extends Series {
  private final Counters counters;
  private final PendingCounter bytesSent = new PendingCounter();
  private final PendingCounter bytesReceived = new PendingCounter();
  private final PendingCounter datagramsSent = new PendingCounter();
  private final PendingCounter datagramsReceived = new PendingCounter();
  private final Directions io;
  private final Directions datagrams;

  /** The SDK's counters, to which the series of all services report. */
  record Counters(LongCounter io, LongCounter datagrams) {}

  FlowSeries(Id id, Counters counters, OptInAttributes optIn) {
    super(id);
    this.counters = counters;
    int values = SocketDetails.optIn(id.detail());
    io = Directions.of(optIn.with(FlowMetrics.IO, values, attributes()));
    datagrams = Directions.of(optIn.with(FlowMetrics.DATAGRAMS, values, attributes()));
  }

  void add(Flow.Counts counts) {
    bytesSent.add(counts.bytesSent());
    bytesReceived.add(counts.bytesReceived());
    datagramsSent.add(counts.datagramsSent());
    datagramsReceived.add(counts.datagramsReceived());
  }

  @Override
  protected boolean report(boolean first) {
    boolean any = add(counters.io(), bytesSent, io.transmit(), first);
    any |= add(counters.io(), bytesReceived, io.receive(), first);
    any |= add(counters.datagrams(), datagramsSent, datagrams.transmit(), first);
    any |= add(counters.datagrams(), datagramsReceived, datagrams.receive(), first);
    return any;
  }
}
