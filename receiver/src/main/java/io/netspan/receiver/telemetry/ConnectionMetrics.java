package io.netspan.receiver.telemetry;

import io.netspan.receiver.SingleWriterCounter;
import io.netspan.receiver.tcp.Connection;
import io.netspan.receiver.tcp.ConnectionListener;
import io.netspan.receiver.tcp.ConnectionState;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.tcp.Role;
import io.netspan.receiver.workload.Workload;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of connections. Counters are kept in a {@link SeriesTable}; histograms are the SDK's,
 * recorded at the end of each connection.
 *
 * <p>A connection is counted when the processes at its ends are identified, or have been known for
 * {@link Workload#IDENTIFIED_WITHIN_NS}: otherwise a service would have a second series under its
 * process's first name, in which nothing is counted any more. An open connection waits for its
 * other side on this machine, too.
 *
 * <p>Belongs to the thread that has the turn, except for the observations.
 */
public final class ConnectionMetrics implements ConnectionListener {
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

  static final String CONNECTIONS = "netspan.connections";
  static final String ACTIVE = "netspan.connection.active";
  static final String IO = "netspan.connection.io";
  static final String RETRANSMITS = "netspan.connection.retransmits";
  static final String DURATION = "netspan.connection.duration";
  static final String HANDSHAKE = "netspan.connection.handshake.duration";
  static final String RTT = "netspan.connection.rtt";

  /** How long an open connection waits for its other side on this machine. */
  private static final long OTHER_SIDE_WITHIN_NS = TimeUnit.SECONDS.toNanos(1);

  private static final double NS_PER_S = 1e9;
  private static final double US_PER_S = 1e6;
  private static final ConnectionState[] STATES = ConnectionState.values();
  private static final int STATE_BITS = Integer.SIZE - Integer.numberOfLeadingZeros(STATES.length);
  private static final Role[] ROLES = Role.values();

  private static final String TCP = "tcp";

  /** The attributes of the machine's connections, by the number of their state. */
  private static final List<Attributes> OF_MACHINE =
      Stream.of(STATES)
          .map(
              state ->
                  Attributes.of(
                      SpanAttributes.NETWORK_TRANSPORT.key(),
                      TCP,
                      ConnectionSeries.STATE,
                      state.value()))
          .toList();

  private final SeriesTable<ConnectionSeries> series;
  private final SeriesExpiry expiry;
  private final ServiceResources services;
  private final OptInAttributes optIn;
  private final DoubleHistogram duration;
  private final DoubleHistogram handshake;
  private final DoubleHistogram rtt;
  private final WaitingConnections opening = new WaitingConnections();
  private final WaitingConnections ending = new WaitingConnections();
  private final SingleWriterCounter countedEarly = new SingleWriterCounter();
  private Consumer<Connection> release = _ -> {};

  public ConnectionMetrics(Meter meter, ServiceResources services) {
    this(meter, services, new OptInAttributes(List.of()));
  }

  public ConnectionMetrics(Meter meter, ServiceResources services, OptInAttributes optIn) {
    this.services = services;
    this.optIn = optIn;
    expiry = services.expiry();
    ConnectionSeries.Counters counters =
        new ConnectionSeries.Counters(
            counter(meter, CONNECTIONS, "{connection}", "Connections that ended."),
            counter(meter, IO, "By", "Payload of connections."),
            counter(meter, RETRANSMITS, "{segment}", "Segments sent again."));
    series =
        new SeriesTable<>(
            meter,
            TCP,
            services,
            new SocketDetails(TCP, role -> ROLES[role].value(), optIn),
            id -> new ConnectionSeries(id, counters, optIn));
    duration = seconds(meter, DURATION, "From SYN to the end.", LIFETIMES);
    handshake =
        seconds(
            meter,
            HANDSHAKE,
            "From SYN to SYN-ACK as the client sees it, from SYN-ACK to ACK as the server does.",
            ROUND_TRIPS);
    rtt =
        seconds(meter, RTT, "Smoothed round-trip time, at each pass and at the end.", ROUND_TRIPS);
    meter
        .upDownCounterBuilder(ACTIVE)
        .setUnit("{connection}")
        .setDescription("Connections open now.")
        .buildWithCallback(this::observeActive);
    meter
        .upDownCounterBuilder("system.network.connection.count")
        .setUnit("{connection}")
        .setDescription("Connections of the machine that are open now.")
        .buildWithCallback(this::observeAll);
  }

  /**
   * Records the open connections. Series that differ only in attributes of other metrics are one
   * here. Any thread.
   */
  private void observeActive(ObservableLongMeasurement to) {
    if (!optIn.isAny()) {
      series.forEach(one -> one.observeActive((attributes, count) -> to.record(count, attributes)));
      return;
    }
    Map<Attributes, Long> sums = new HashMap<>();
    series.forEach(
        one -> one.observeActive((attributes, count) -> sums.merge(attributes, count, Long::sum)));
    sums.forEach((attributes, count) -> to.record(count, attributes));
  }

  /** Records the open connections of all services, by state. Any thread. */
  private void observeAll(ObservableLongMeasurement to) {
    long[] all = new long[STATES.length];
    series.forEach(one -> one.addActive(all));
    for (int state = 0; state < all.length; state++) {
      to.record(all[state], OF_MACHINE.get(state));
    }
  }

  private static LongCounter counter(Meter meter, String name, String unit, String description) {
    return meter.counterBuilder(name).setUnit(unit).setDescription(description).build();
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

  /** Sets the consumer to which connections that were kept are returned. */
  public void releaseTo(Consumer<Connection> tracker) {
    release = tracker;
  }

  @Override
  public void opened(Connection connection) {
    Workload peer = connection.paired().workload();
    if (connection.owner().isKnown() && peer != null && isIdentified(connection, peer)) {
      activate(connection);
      return;
    }
    if (opening.isFull()) {
      activateFirst();
    }
    connection.mark(waiting(opening.add(connection, null)));
  }

  @Override
  public void changed(Connection connection) {
    Workload peer = connection.paired().workload();
    if (connection.mark() > 0) {
      activate(
          connection,
          isIdentified(connection, peer)
              ? series(connection, peer)
              : series.bySlot(slot(connection.mark())));
    } else if (connection.mark() == 0) {
      opened(connection);
    } else if (connection.owner().isKnown() && peer != null && isIdentified(connection, peer)) {
      activate(connection);
    }
  }

  @Override
  public void refreshed(Connection connection) {
    changed(connection);
    if (connection.mark() <= 0 || !isIdentified(connection, connection.paired().workload())) {
      return; // What it has sent and received is counted the next time, or at the end.
    }
    ConnectionSeries of = series.bySlot(slot(connection.mark()));
    of.counted(connection);
    if (connection.srttUs() != 0) {
      rtt.record(connection.srttUs() / US_PER_S, of.ofRoundTrips());
    }
  }

  @Override
  public void ended(Connection connection) {
    deactivate(connection);
  }

  @Override
  public void closed(Connection connection) {
    deactivate(connection);
    Workload peer = connection.paired().workload();
    if (isIdentified(connection, peer)) {
      count(connection, peer);
      return;
    }
    if (ending.isFull()) {
      countFirst();
    }
    connection.keep();
    long _ = ending.add(connection, peer);
  }

  @Override
  public void readUpTo(long ns) {
    boolean last = ns == Long.MAX_VALUE;
    // The call before may be long past, so those that were added since wait from now on.
    opening.date(ns);
    while (!opening.isEmpty() && (last || isDue(ns))) {
      activateFirst();
    }
    while (!ending.isEmpty() && (last || isIdentified(ending.first(), ending.peerOfFirst()))) {
      countFirst();
    }
    expiry.check();
  }

  private static boolean isIdentified(Connection connection, @Nullable Workload peer) {
    return connection.owner().isIdentified() && (peer == null || peer.isIdentified());
  }

  /**
   * The mark of a connection that waits to be counted as active: negative. With the number, an
   * entry of the queue does not stand for another connection that has the same object.
   */
  private static long waiting(long number) {
    return -1 - number;
  }

  private boolean isFirstWaiting() {
    return opening.first().mark() == waiting(opening.numberOfFirst());
  }

  private boolean isDue(long ns) {
    Connection first = opening.first();
    return !isFirstWaiting()
        || (opening.sinceOfFirst() < ns - OTHER_SIDE_WITHIN_NS
            && isIdentified(first, first.paired().workload()));
  }

  private void activateFirst() {
    if (isFirstWaiting()) {
      activate(opening.first());
    }
    opening.removeFirst();
  }

  private void countFirst() {
    Connection first = ending.first();
    count(first, ending.peerOfFirst());
    ending.removeFirst();
    release.accept(first);
  }

  /** The connections that were counted although a process at their ends may get another name. */
  public long countedEarly() {
    return countedEarly.get();
  }

  private void count(Connection connection, @Nullable Workload peer) {
    if (!connection.owner().isSettled() || (peer != null && !peer.isSettled())) {
      countedEarly.increment();
    }
    ConnectionSeries of = series(connection, peer);
    of.ended(connection);
    if (connection.closedNs() > connection.openedNs()
        && connection.provenance() != Provenance.BACKFILLED) {
      duration.record((connection.closedNs() - connection.openedNs()) / NS_PER_S, of.ofDurations());
    }
    if (connection.handshakeNs() != 0) {
      handshake.record(
          connection.handshakeNs() / NS_PER_S,
          connection.establishedNs() != 0 ? of.ofHandshakes() : of.failed(connection.error()));
    }
    if (connection.srttUs() != 0) {
      rtt.record(connection.srttUs() / US_PER_S, of.ofRoundTrips());
    }
  }

  private void activate(Connection connection) {
    activate(connection, series(connection, connection.paired().workload()));
  }

  /**
   * Counts the connection as active. Its mark records in which series, because the name of its
   * owner's service may change while it is open. Nothing is written if it has not changed, since
   * another thread may collect the counts between two writes.
   */
  private void activate(Connection connection, ConnectionSeries of) {
    ConnectionState state = connection.state();
    long now = ((long) of.slot() << STATE_BITS | state.ordinal()) + 1;
    if (now != connection.mark()) {
      deactivate(connection);
      of.active(state, 1);
      connection.mark(now);
    }
  }

  private void deactivate(Connection connection) {
    long mark = connection.mark();
    if (mark > 0) {
      ConnectionState state = STATES[(int) (mark - 1) & (1 << STATE_BITS) - 1];
      series.bySlot(slot(mark)).active(state, -1);
    }
    connection.mark(0);
  }

  /** The slot of the series in which a connection with this mark, above 0, is counted. */
  private static int slot(long mark) {
    return (int) (mark - 1) >>> STATE_BITS;
  }

  private ConnectionSeries series(Connection connection, @Nullable Workload peer) {
    return series.of(
        connection.owner().service(),
        peer == null ? services.named(connection.paired().named()) : peer.service(),
        SocketDetails.of(
            connection.role().ordinal(),
            connection.serverPort(),
            optIn.of(
                connection,
                connection.role() == Role.CLIENT,
                connection.role() == Role.SERVER,
                connection.owner())));
  }
}
