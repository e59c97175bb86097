package io.netspan.receiver.telemetry;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.track.Connection;
import io.netspan.receiver.track.ConnectionError;
import io.netspan.receiver.track.ConnectionState;
import io.opentelemetry.api.common.Attributes;

/**
 * The counts of the connections with the same attributes. Raised by the tracer's thread, read by
 * the metric reader's: a handful of stores per connection, where the SDK's counters would each look
 * up the attributes again.
 */
final class Series {
  private final Attributes attributes;
  private final SingleWriterCounter[] byError = counters(ConnectionError.values().length);
  private final SingleWriterCounter[] activeByState = counters(ConnectionState.values().length);
  private final SingleWriterCounter sent = new SingleWriterCounter();
  private final SingleWriterCounter received = new SingleWriterCounter();
  private final SingleWriterCounter retransmits = new SingleWriterCounter();

  Series(Attributes attributes) {
    this.attributes = attributes;
  }

  Attributes attributes() {
    return attributes;
  }

  void ended(Connection connection) {
    byError[connection.error().ordinal()].increment();
    sent.add(connection.bytesSent());
    received.add(connection.bytesReceived());
    retransmits.add(Integer.toUnsignedLong(connection.retransmits()));
  }

  void active(ConnectionState state, int change) {
    activeByState[state.ordinal()].add(change);
  }

  long ended(ConnectionError error) {
    return byError[error.ordinal()].get();
  }

  long active(ConnectionState state) {
    return activeByState[state.ordinal()].get();
  }

  long sent() {
    return sent.get();
  }

  long received() {
    return received.get();
  }

  long retransmits() {
    return retransmits.get();
  }

  private static SingleWriterCounter[] counters(int count) {
    SingleWriterCounter[] all = new SingleWriterCounter[count];
    for (int i = 0; i < count; i++) {
      all[i] = new SingleWriterCounter();
    }
    return all;
  }
}
