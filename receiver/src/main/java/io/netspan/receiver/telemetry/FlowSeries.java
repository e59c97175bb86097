package io.netspan.receiver.telemetry;

import io.netspan.receiver.udp.Flow;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;

/** The counts of the flows with the same attributes. */
final class FlowSeries extends Series {
  private final Counters counters;
  private final PendingCounter bytesSent = new PendingCounter();
  private final PendingCounter bytesReceived = new PendingCounter();
  private final PendingCounter datagramsSent = new PendingCounter();
  private final PendingCounter datagramsReceived = new PendingCounter();
  private final Attributes transmit = with(SocketDetails.IO_DIRECTION, SocketDetails.TRANSMIT);
  private final Attributes receive = with(SocketDetails.IO_DIRECTION, SocketDetails.RECEIVE);

  /** The SDK's counters, to which the series of all services report. */
  record Counters(LongCounter io, LongCounter datagrams) {}

  FlowSeries(Id id, Counters counters) {
    super(id);
    this.counters = counters;
  }

  void add(Flow.Counts counts) {
    bytesSent.add(counts.bytesSent());
    bytesReceived.add(counts.bytesReceived());
    datagramsSent.add(counts.datagramsSent());
    datagramsReceived.add(counts.datagramsReceived());
  }

  @Override
  protected boolean report(boolean first) {
    boolean any = add(counters.io(), bytesSent, transmit, first);
    any |= add(counters.io(), bytesReceived, receive, first);
    any |= add(counters.datagrams(), datagramsSent, transmit, first);
    any |= add(counters.datagrams(), datagramsReceived, receive, first);
    return any;
  }
}
