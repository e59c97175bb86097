package io.netspan.receiver.telemetry;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.udp.Flow;

/** The counts of the flows with the same attributes. */
final class FlowSeries extends Series {
  private final SingleWriterCounter bytesSent = new SingleWriterCounter();
  private final SingleWriterCounter bytesReceived = new SingleWriterCounter();
  private final SingleWriterCounter datagramsSent = new SingleWriterCounter();
  private final SingleWriterCounter datagramsReceived = new SingleWriterCounter();

  FlowSeries(Id id) {
    super(id);
  }

  void add(Flow.Counts counts) {
    bytesSent.add(counts.bytesSent());
    bytesReceived.add(counts.bytesReceived());
    datagramsSent.add(counts.datagramsSent());
    datagramsReceived.add(counts.datagramsReceived());
  }

  long bytesSent() {
    return bytesSent.get();
  }

  long bytesReceived() {
    return bytesReceived.get();
  }

  long datagramsSent() {
    return datagramsSent.get();
  }

  long datagramsReceived() {
    return datagramsReceived.get();
  }
}
