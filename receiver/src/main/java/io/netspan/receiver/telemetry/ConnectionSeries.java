package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.tcp.CloseReason;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.ConnectionState;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.LongCounter;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** The counts of the connections with the same attributes. */
final class ConnectionSeries extends Series {
  static final AttributeKey<String> STATE = stringKey("network.connection.state");
  private static final ConnectionError[] ERRORS = ConnectionError.values();
  private static final CloseReason[] REASONS = CloseReason.values();
  private static final ConnectionState[] STATES = ConnectionState.values();

  private final Counters counters;
  private final AtomicReferenceArray<Ended> ended =
      new AtomicReferenceArray<>(ERRORS.length * REASONS.length);
  private final AtomicReferenceArray<Active> active = new AtomicReferenceArray<>(STATES.length);
  private final PendingCounter sent = new PendingCounter();
  private final PendingCounter received = new PendingCounter();
  private final PendingCounter retransmits = new PendingCounter();
  private final OptInAttributes optIn;
  private final Attributes ofEnds;
  private final Attributes ofActive;
  private final Attributes ofRetransmits;
  private final Attributes ofHandshakes;
  private final Attributes ofDurations;
  private final Attributes ofRoundTrips;
  private final Directions io;
  private final @Nullable Attributes[] failed = new Attributes[ERRORS.length];

  /** The SDK's counters, to which the series of all services report. */
  record Counters(LongCounter connections, LongCounter io, LongCounter retransmits) {}

  /** Connections that ended with one reason and error. */
  private record Ended(PendingCounter count, Attributes attributes) {}

  /** Connections in one state. */
  private record Active(SingleWriterCounter count, Attributes attributes) {}

  ConnectionSeries(Id id, Counters counters, OptInAttributes optIn) {
    super(id);
    this.counters = counters;
    this.optIn = optIn;
    ofEnds = of(ConnectionMetrics.CONNECTIONS);
    ofActive = of(ConnectionMetrics.ACTIVE);
    ofRetransmits = of(ConnectionMetrics.RETRANSMITS);
    ofHandshakes = of(ConnectionMetrics.HANDSHAKE);
    ofDurations = of(ConnectionMetrics.DURATION);
    ofRoundTrips = of(ConnectionMetrics.RTT);
    io = Directions.of(of(ConnectionMetrics.IO));
  }

  private Attributes of(String metric) {
    return optIn.with(metric, SocketDetails.optIn(id().detail()), attributes());
  }

  Attributes ofDurations() {
    return ofDurations;
  }

  Attributes ofRoundTrips() {
    return ofRoundTrips;
  }

  Attributes ofHandshakes() {
    return ofHandshakes;
  }

  void ended(Connection connection) {
    ended(connection.error(), connection.reason()).increment();
    counted(connection);
  }

  private PendingCounter ended(ConnectionError error, CloseReason reason) {
    int index = error.ordinal() * REASONS.length + reason.ordinal();
    Ended known = ended.getPlain(index);
    if (known == null) {
      AttributesBuilder all = ofEnds.toBuilder();
      if (error != ConnectionError.NONE) {
        all.put(SpanAttributes.ERROR_TYPE.key(), error.value());
      }
      all.put(SpanAttributes.CLOSE_REASON.key(), reason.value());
      known = new Ended(new PendingCounter(), all.build());
      ended.setRelease(index, known);
    }
    return known.count();
  }

  /** Adds what the connection has sent and received since the last time. */
  void counted(Connection connection) {
    sent.add(connection.takeSent());
    received.add(connection.takeReceived());
    retransmits.add(connection.takeRetransmits());
  }

  void active(ConnectionState state, int change) {
    Active known = active.getPlain(state.ordinal());
    if (known == null) {
      known =
          new Active(
              new SingleWriterCounter(), ofActive.toBuilder().put(STATE, state.value()).build());
      active.setRelease(state.ordinal(), known);
    }
    known.count().add(change);
  }

  /**
   * The attributes of the handshake of a connection that failed. Called by the thread that has the
   * turn.
   */
  Attributes failed(ConnectionError error) {
    Attributes known = failed[error.ordinal()];
    if (known == null) {
      known = ofHandshakes.toBuilder().put(SpanAttributes.ERROR_TYPE.key(), error.value()).build();
      failed[error.ordinal()] = known;
    }
    return known;
  }

  /** Records the open connections, by each state in which there was one. Any thread. */
  void observeActive(ObjLongConsumer<Attributes> to) {
    for (int state = 0; state < active.length(); state++) {
      Active one = active.getAcquire(state);
      if (one != null) {
        to.accept(one.attributes(), one.count().get());
      }
    }
  }

  /** Adds the open connections to the sums, which are by the number of a state. Any thread. */
  void addActive(long[] sums) {
    for (int state = 0; state < sums.length; state++) {
      Active one = active.getAcquire(state);
      if (one != null) {
        sums[state] += one.count().get();
      }
    }
  }

  @Override
  protected boolean report(boolean first) {
    boolean any = false;
    for (int i = 0; i < ended.length(); i++) {
      Ended one = ended.getAcquire(i);
      if (one != null) {
        any |= add(counters.connections(), one.count(), one.attributes(), /* always= */ false);
      }
    }
    any |= add(counters.io(), sent, io.transmit(), first);
    any |= add(counters.io(), received, io.receive(), first);
    any |= add(counters.retransmits(), retransmits, ofRetransmits, first);
    return any;
  }

  @Override
  protected boolean isInUse() {
    for (int state = 0; state < active.length(); state++) {
      Active one = active.getPlain(state);
      if (one != null && one.count().get() != 0) {
        return true;
      }
    }
    return false;
  }
}
