package io.netspan.receiver.telemetry;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.ConnectionState;
import java.util.concurrent.atomic.AtomicInteger;

/** The counts of the connections with the same attributes. */
final class ConnectionSeries extends Series {
  private static final ConnectionError[] ERRORS = ConnectionError.values();
  private static final ConnectionState[] STATES = ConnectionState.values();

  private final SingleWriterCounter[] byError = counters(ERRORS.length);
  private final SingleWriterCounter[] activeByState = counters(STATES.length);
  private final SingleWriterCounter sent = new SingleWriterCounter();
  private final SingleWriterCounter received = new SingleWriterCounter();
  private final SingleWriterCounter retransmits = new SingleWriterCounter();
  private final AtomicInteger states =
      new AtomicInteger(); // One bit per state; written by one thread.

  ConnectionSeries(Id id) {
    super(id);
  }

  private static SingleWriterCounter[] counters(int count) {
    SingleWriterCounter[] all = new SingleWriterCounter[count];
    for (int i = 0; i < count; i++) {
      all[i] = new SingleWriterCounter();
    }
    return all;
  }

  void ended(Connection connection) {
    byError[connection.error().ordinal()].increment();
    counted(connection);
  }

  /** Adds what the connection has sent and received since the last time. */
  void counted(Connection connection) {
    sent.add(connection.takeSent());
    received.add(connection.takeReceived());
    retransmits.add(connection.takeRetransmits());
  }

  void active(ConnectionState state, int change) {
    activeByState[state.ordinal()].add(change);
    states.setRelease(states.getPlain() | 1 << state.ordinal());
  }

  /**
   * Whether any connection of this series has ever been in the state; otherwise no point is
   * reported.
   */
  boolean wasActive(ConnectionState state) {
    return (states.getAcquire() & 1 << state.ordinal()) != 0;
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
}
