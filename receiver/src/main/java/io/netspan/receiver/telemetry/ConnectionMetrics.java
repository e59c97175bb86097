package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionError;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionState;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.tcp.Role;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.List;

/**
 * The metrics of connections. Counters are kept in a {@link SeriesTable} and observed when a reader
 * collects; histograms are the SDK's, recorded at the end of each connection.
 *
 * <p>Belongs to the thread that has the turn, except for the observations.
 */
public final class ConnectionMetrics implements ConnectionListener {
  private static final AttributeKey<String> STATE = stringKey("network.connection.state");

  /**
   * The boundaries that the semantic conventions have for HTTP durations, and longer ones, since
   * connections live long.
   */
  private static final List<Double> LIFETIMES =
      List.of(
          0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5,
          10.0, 30.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0);

  /**
   * From round trips on the loopback interface to a SYN that is retransmitted until it times out.
   */
  private static final List<Double> ROUND_TRIPS =
      List.of(
          0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
          0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0, 120.0);

  private static final double NS_PER_S = 1e9;
  private static final double US_PER_S = 1e6;
  private static final ConnectionState[] STATES = ConnectionState.values();
  private static final int STATE_BITS = Integer.SIZE - Integer.numberOfLeadingZeros(STATES.length);
  private static final ConnectionError[] ERRORS = ConnectionError.values();
  private static final Role[] ROLES = Role.values();

  private final SeriesTable<ConnectionSeries> series;
  private final ServiceResources services;
  private final DoubleHistogram duration;
  private final DoubleHistogram handshake;
  private final DoubleHistogram rtt;

  public ConnectionMetrics(Meter meter, ServiceResources services) {
    this.services = services;
    series =
        new SeriesTable<>(
            services, new SocketDetails("tcp", role -> ROLES[role].value()), ConnectionSeries::new);
    duration = seconds(meter, "netspan.connection.duration", "From SYN to the end.", LIFETIMES);
    handshake =
        seconds(
            meter,
            "netspan.connection.handshake.duration",
            "From SYN to SYN-ACK as the client sees it, from SYN-ACK to ACK as the server does.",
            ROUND_TRIPS);
    rtt =
        seconds(
            meter,
            "netspan.connection.rtt",
            "Smoothed round-trip time, at each pass and at the end.",
            ROUND_TRIPS);
    observe(meter);
  }

  /**
   * A histogram in seconds. The boundaries are used unless exponential histograms are configured.
   */
  private static DoubleHistogram seconds(
      Meter meter, String name, String description, List<Double> boundaries) {
    return meter
        .histogramBuilder(name)
        .setUnit("s")
        .setDescription(description)
        .setExplicitBucketBoundariesAdvice(boundaries)
        .build();
  }

  private void observe(Meter meter) {
    meter
        .counterBuilder("netspan.connections")
        .setUnit("{connection}")
        .setDescription("Connections that ended.")
        .buildWithCallback(to -> series.forEach(one -> connections(to, one)));
    meter
        .upDownCounterBuilder("netspan.connection.active")
        .setUnit("{connection}")
        .setDescription("Connections open now.")
        .buildWithCallback(to -> series.forEach(one -> active(to, one)));
    meter
        .counterBuilder("netspan.connection.io")
        .setUnit("By")
        .setDescription("Payload of connections.")
        .buildWithCallback(to -> series.forEach(one -> io(to, one)));
    meter
        .counterBuilder("netspan.connection.retransmits")
        .setUnit("{segment}")
        .setDescription("Segments sent again.")
        .buildWithCallback(
            to -> series.forEach(one -> to.record(one.retransmits(), one.attributes())));
  }

  private static void connections(ObservableLongMeasurement to, ConnectionSeries one) {
    for (ConnectionError error : ERRORS) {
      long count = one.ended(error);
      if (count != 0) {
        to.record(
            count,
            error == ConnectionError.NONE
                ? one.attributes()
                : one.with(SpanAttributes.ERROR_TYPE, error.value()));
      }
    }
  }

  private static void active(ObservableLongMeasurement to, ConnectionSeries one) {
    for (ConnectionState state : STATES) {
      if (one.wasActive(state)) {
        to.record(one.active(state), one.with(STATE, state.value()));
      }
    }
  }

  private static void io(ObservableLongMeasurement to, ConnectionSeries one) {
    SocketDetails.record(to, one, one.sent(), one.received());
  }

  @Override
  public void opened(Connection connection) {
    activate(connection);
  }

  @Override
  public void changed(Connection connection) {
    deactivate(connection);
    activate(connection);
  }

  @Override
  public void refreshed(Connection connection) {
    changed(connection);
    ConnectionSeries of = series(connection);
    of.counted(connection);
    if (connection.srttUs() != 0) {
      rtt.record(connection.srttUs() / US_PER_S, of.attributes());
    }
  }

  @Override
  public void ended(Connection connection) {
    deactivate(connection);
  }

  @Override
  public void closed(Connection connection) {
    deactivate(connection);
    ConnectionSeries of = series(connection);
    of.ended(connection);
    if (connection.closedNs() > connection.openedNs()
        && connection.provenance() != Provenance.BACKFILLED) {
      duration.record((connection.closedNs() - connection.openedNs()) / NS_PER_S, of.attributes());
    }
    if (connection.handshakeNs() != 0) {
      handshake.record(
          connection.handshakeNs() / NS_PER_S,
          connection.establishedNs() != 0
              ? of.attributes()
              : of.with(SpanAttributes.ERROR_TYPE, connection.error().value()));
    }
    if (connection.srttUs() != 0) {
      rtt.record(connection.srttUs() / US_PER_S, of.attributes());
    }
  }

  /**
   * Counts the connection as active. Its mark records in which series, because the name of its
   * owner's service may change while it is open.
   */
  private void activate(Connection connection) {
    ConnectionSeries of = series(connection);
    of.active(connection.state(), 1);
    connection.mark(((long) of.slot() << STATE_BITS | connection.state().ordinal()) + 1);
  }

  private void deactivate(Connection connection) {
    if (connection.mark() != 0) {
      int counted = (int) (connection.mark() - 1);
      series.bySlot(counted >>> STATE_BITS).active(STATES[counted & (1 << STATE_BITS) - 1], -1);
      connection.mark(0);
    }
  }

  private ConnectionSeries series(Connection connection) {
    return series.of(
        connection.owner().service(),
        services.peer(connection.paired()),
        SocketDetails.of(connection.role().ordinal(), connection.serverPort()));
  }
}
