package io.netspan.receiver.telemetry;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.netspan.enrich.Contributors;
import io.netspan.receiver.net.TcpState;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.tcp.Provenance;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ConnectionMetricsTest {
  private static final String CURL =
      "netspan.role=client network.transport=tcp server.port=80 service.name=curl";
  private static final String NGINX =
      "netspan.role=server network.transport=tcp server.port=80 service.name=nginx";

  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder().registerMetricReader(reader, _ -> 16_001).build();
  private final Resources resources = new Resources(Attributes.empty());
  private final FakeEnricher enricher = new FakeEnricher();
  private final List<WorkloadTable.Completion> completions = new ArrayList<>();
  private final ConnectionMetrics metrics =
      new ConnectionMetrics(meters.get("test"), resources.metrics());
  private final ConnectionTracker tracker =
      new ConnectionTracker(
          new WorkloadTable(enricher, Contributors.NONE, resources, completions::add),
          metrics,
          new SplittableRandom(1),
          100_000);
  private final FakeKernel kernel = new FakeKernel(new EventDecoder(tracker));

  /** Held strongly, because loggers are otherwise garbage-collected with their level. */
  private static final Logger SDK = Logger.getLogger("io.opentelemetry.sdk.metrics");

  /** The SDK warns of overflows, which two of the tests provoke. */
  @BeforeAll
  static void silenceTheSdk() {
    SDK.setLevel(Level.OFF);
  }

  @AfterAll
  static void restoreTheLogLevelOfTheSdk() {
    SDK.setLevel(null);
  }

  @BeforeEach
  void release() {
    metrics.releaseTo(tracker::release);
  }

  @AfterEach
  void stop() {
    meters.close();
  }

  /** After everything was counted that waits for the identity of its process. */
  private MetricData metric(String name) {
    tracker.reportEnds(Long.MAX_VALUE);
    return collect(name);
  }

  private MetricData collect(String name) {
    return reader.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }

  /** The points of a sum, by their attributes. */
  private Map<String, Long> sums(String name) {
    return sums(metric(name));
  }

  private static Map<String, Long> sums(MetricData metric) {
    Map<String, Long> all = new TreeMap<>();
    metric
        .getLongSumData()
        .getPoints()
        .forEach(point -> all.put(text(point.getAttributes()), point.getValue()));
    return all;
  }

  private Map<String, HistogramPointData> histograms(String name) {
    Map<String, HistogramPointData> all = new TreeMap<>();
    metric(name)
        .getHistogramData()
        .getPoints()
        .forEach(point -> all.put(text(point.getAttributes()), point));
    return all;
  }

  private HistogramPointData histogram(String name, String series) {
    return Objects.requireNonNull(histograms(name).get(series), series);
  }

  private static String text(Attributes attributes) {
    Map<String, String> sorted = new TreeMap<>();
    attributes.forEach((key, value) -> sorted.put(key.getKey(), value.toString()));
    sorted.remove("service.instance.id"); // derived from the other attributes
    return String.join(
        " ", sorted.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
  }

  private static long active(Map<String, Long> points, String series, String state) {
    String[] parts = series.split(" ", 2);
    return points.getOrDefault(
        parts[0] + " network.connection.state=" + state + " " + parts[1], 0L);
  }

  private void announce() {
    kernel.announce(FakeProcess.CURL);
    kernel.announce(FakeProcess.NGINX_WORKER);
  }

  private void clientOpens(FakeSocket client) {
    client.open(FakeProcess.CURL);
    kernel.passes(1_000_000);
    client.established();
  }

  private void clientCloses(FakeSocket client) {
    client.closesFirst(FakeProcess.CURL);
    client.close(5);
  }

  @Test
  void oneConnectionHasExactValues() {
    announce();
    FakeSocket client = kernel.client(0xc);
    FakeSocket server = kernel.server(0x5);
    clientOpens(client);
    server.established();
    kernel.passes(2_000_000_000L);
    server.closesFirst(FakeProcess.NGINX_WORKER);
    client.closesLast(FakeProcess.CURL);
    client.close(9);
    server.close(5);

    assertThat(sums("netspan.connections"))
        .containsOnly(
            Map.entry("netspan.close.reason=remote_fin " + CURL, 1L),
            Map.entry("netspan.close.reason=local_fin " + NGINX, 1L));
    assertThat(sums("netspan.connection.retransmits"))
        .containsEntry(CURL, 1L)
        .containsEntry(NGINX, 1L);
    assertThat(sums("netspan.connection.io"))
        .containsEntry(
            "netspan.role=client network.io.direction=transmit network.transport=tcp"
                + " server.port=80 service.name=curl",
            900L)
        .containsEntry(
            "netspan.role=client network.io.direction=receive network.transport=tcp"
                + " server.port=80 service.name=curl",
            5_000L);
    assertThat(histogram("netspan.connection.duration", CURL).getCount()).isEqualTo(1);
    assertThat(histogram("netspan.connection.duration", CURL).getSum())
        .isEqualTo(2.001005, within(1e-9));
    assertThat(histogram("netspan.connection.handshake.duration", CURL).getSum())
        .isEqualTo(0.001001, within(1e-9));
    assertThat(histogram("netspan.connection.handshake.duration", NGINX).getSum())
        .isEqualTo(0.0001, within(1e-9));
    assertThat(histogram("netspan.connection.rtt", NGINX).getSum()).isEqualTo(0.0001, within(1e-9));
  }

  /**
   * For backends without exponential histograms; the default boundaries of the SDK are for
   * milliseconds.
   */
  @Test
  void histogramBoundariesAreInSeconds() {
    announce();
    FakeSocket client = kernel.client(0xc);
    clientOpens(client);
    kernel.passes(2_000_000_000L);
    clientCloses(client);

    List<String> names =
        List.of(
            "netspan.connection.duration",
            "netspan.connection.handshake.duration",
            "netspan.connection.rtt");
    for (String name : names) {
      List<Double> boundaries = histogram(name, CURL).getBoundaries();
      assertThat(boundaries).as(name).isSorted().doesNotHaveDuplicates();
      assertThat(boundaries).as(name).contains(0.005, 0.1, 0.25, 1.0, 10.0);
      assertThat(boundaries.getFirst()).as(name).isLessThan(0.0025);
    }
  }

  @Test
  void instrumentsAreAsDocumented() {
    announce();
    FakeSocket client = kernel.client(0xc);
    clientOpens(client);
    tracker.reportEnds(Long.MAX_VALUE);
    clientCloses(client);
    tracker.reportEnds(Long.MAX_VALUE);

    assertThat(reader.collectAllMetrics())
        .extracting(m -> m.getName() + " " + m.getUnit() + " " + m.getType())
        .containsExactlyInAnyOrder(
            "netspan.connections {connection} LONG_SUM",
            "netspan.connection.active {connection} LONG_SUM",
            "system.network.connection.count {connection} LONG_SUM",
            "netspan.connection.io By LONG_SUM",
            "netspan.connection.retransmits {segment} LONG_SUM",
            "netspan.connection.duration s HISTOGRAM",
            "netspan.connection.handshake.duration s HISTOGRAM",
            "netspan.connection.rtt s HISTOGRAM",
            "netspan.agent.series {series} LONG_SUM",
            "netspan.agent.series.overflows {measurement} LONG_SUM");
    assertThat(metric("netspan.connections").getLongSumData().isMonotonic()).isTrue();
    assertThat(metric("netspan.connection.active").getLongSumData().isMonotonic()).isFalse();
    assertThat(reader.collectAllMetrics()).allMatch(m -> !m.getDescription().isEmpty());
  }

  @Test
  void failuresAreCountedByTheirErrorType() {
    announce();
    for (int errno : new int[] {111, 111, 110}) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, errno);
    }
    FakeSocket good = kernel.client(0xd);
    clientOpens(good);
    clientCloses(good);

    assertThat(sums("netspan.connections"))
        .containsOnly(
            Map.entry("netspan.close.reason=local_fin " + CURL, 1L),
            Map.entry("error.type=connection_refused netspan.close.reason=refused " + CURL, 2L),
            Map.entry("error.type=timed_out netspan.close.reason=timeout " + CURL, 1L));
  }

  @Test
  void activeFollowsTheStatesAndReturnsToZero() {
    announce();
    FakeSocket client = kernel.client(0xc);
    client.open(FakeProcess.CURL);
    assertActive(1, 0, 0, 0);
    client.established();
    assertActive(0, 1, 0, 0);
    client.closesFirst(FakeProcess.CURL);
    assertActive(0, 0, 1, 0);
    client.close(5);
    assertActive(0, 0, 0, 0);

    client.open(FakeProcess.CURL);
    client.established();
    client.closesLast(FakeProcess.CURL);
    assertActive(0, 0, 0, 1);
    client.close(9);
    assertActive(0, 0, 0, 0);
  }

  @Test
  void theMachinesConnectionsAreThoseOfAllServices() {
    announce();
    FakeSocket client = kernel.client(0xc);
    FakeSocket server = kernel.server(0x5);
    clientOpens(client);
    server.established();
    kernel.client(0xd).open(FakeProcess.CURL);

    assertThat(sums("system.network.connection.count"))
        .hasSize(8)
        .containsEntry("network.connection.state=established network.transport=tcp", 2L)
        .containsEntry("network.connection.state=syn_sent network.transport=tcp", 1L)
        .containsEntry("network.connection.state=close_wait network.transport=tcp", 0L);
    clientCloses(client);
    assertThat(sums("system.network.connection.count"))
        .containsEntry("network.connection.state=established network.transport=tcp", 1L);
  }

  private void assertActive(long synSent, long established, long finWait1, long lastAck) {
    Map<String, Long> points = sums("netspan.connection.active");
    assertThat(active(points, CURL, "syn_sent")).isEqualTo(synSent);
    assertThat(active(points, CURL, "established")).isEqualTo(established);
    assertThat(active(points, CURL, "fin_wait_1")).isEqualTo(finWait1);
    assertThat(active(points, CURL, "last_ack")).isEqualTo(lastAck);
    assertThat(points.keySet()).noneMatch(key -> key.contains("close_wait"));
  }

  @Test
  void activeReturnsToZeroAlthoughTheServiceWasRenamed() {
    enricher.knows(FakeProcess.CURL.pid(), FakeProcess.CURL.startTime(), "checkout");
    announce();
    FakeSocket client = kernel.client(0xc);
    clientOpens(client);
    assertActive(0, 1, 0, 0);

    completions.forEach(WorkloadTable.Completion::run);
    client.closesFirst(FakeProcess.CURL);
    assertActive(0, 0, 0, 0);
    String renamed = CURL.replace("=curl", "=checkout");
    assertThat(active(sums("netspan.connection.active"), renamed, "fin_wait_1")).isEqualTo(1);

    client.close(5);
    assertThat(sums("netspan.connection.active").values()).allMatch(value -> value == 0);
    assertThat(sums("netspan.connections"))
        .containsOnly(Map.entry("netspan.close.reason=local_fin " + renamed, 1L));
  }

  @Test
  void activeReturnsToZeroAlthoughTheOwnerChanged() {
    announce();
    kernel.announce(FakeProcess.NGINX);
    FakeSocket server = kernel.server(0x5);
    server.established(); // without an owner so far
    tracker.reportEnds(Long.MAX_VALUE);
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);

    assertThat(sums("netspan.connection.active").values()).allMatch(value -> value == 0);
    assertThat(sums("netspan.connections"))
        .containsOnly(Map.entry("netspan.close.reason=remote_fin " + NGINX, 1L));
  }

  @Test
  void activeReturnsToZeroAlthoughEndsWereLost() {
    announce();
    for (int i = 0; i < 100; i++) {
      FakeSocket client = kernel.client(0xc0 + i % 7);
      clientOpens(client);
      tracker.reportEnds(Long.MAX_VALUE);
    }
    for (int i = 0; i < 7; i++) {
      kernel.client(0xc0 + i).close(1, 104);
    }

    assertThat(sums("netspan.connection.active").values()).allMatch(value -> value == 0);
    assertThat(sums("netspan.connections"))
        .containsOnly(
            Map.entry("netspan.close.reason=unknown " + CURL, 93L),
            Map.entry("error.type=connection_reset netspan.close.reason=remote_reset " + CURL, 7L));
  }

  @Test
  void seriesOverTheLimitShareTheOverflowSeries() {
    announce();
    int ports = 2_503;
    for (int port = 1; port <= ports; port++) {
      FakeSocket client = kernel.client(0xc).peer("10.0.0.2", port);
      clientOpens(client);
      clientCloses(client);
    }

    Map<String, Long> ended = sums("netspan.connections");
    String overflow = "netspan.close.reason=local_fin otel.metric.overflow=true";
    assertThat(ended).hasSizeLessThanOrEqualTo(2_000).containsKey(overflow);
    assertThat(ended.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(ports);
    assertThat(ended.get(overflow)).isEqualTo(ports - 1_999);
    long bytes = sums("netspan.connection.io").values().stream().mapToLong(Long::longValue).sum();
    assertThat(bytes).as("bytes including those in the overflow series").isEqualTo(ports * 5_900L);
    assertThat(
            histograms("netspan.connection.duration").values().stream()
                .mapToLong(HistogramPointData::getCount)
                .sum())
        .isEqualTo(ports);
  }

  @Test
  void activeOfManySeriesReturnsToZero() {
    announce();
    int ports = 2_503;
    for (int port = 1; port <= ports; port++) {
      clientOpens(kernel.client(0x1000 + port).peer("10.0.0.2", port));
    }
    long open =
        sums("netspan.connection.active").values().stream().mapToLong(Long::longValue).sum();
    for (int port = 1; port <= ports; port++) {
      clientCloses(kernel.client(0x1000 + port).peer("10.0.0.2", port));
    }

    assertThat(open).isEqualTo(ports);
    assertThat(sums("netspan.connection.active").values()).allMatch(value -> value == 0);
  }

  private long series() {
    return reader.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals("netspan.agent.series"))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .mapToLong(LongPointData::getValue)
        .sum();
  }

  @Test
  void aConnectionIsCountedWhenItsProcessIsIdentified() {
    enricher.knows(FakeProcess.CURL.pid(), FakeProcess.CURL.startTime(), "checkout");
    announce();
    tracker.reportEnds(kernel.nowNs());
    FakeSocket client = kernel.client(0xc);
    clientOpens(client);
    clientCloses(client);
    tracker.reportEnds(kernel.nowNs());
    assertThat(series()).isZero();

    completions.forEach(WorkloadTable.Completion::run);
    tracker.reportEnds(kernel.nowNs());
    assertThat(series()).isEqualTo(1);
    assertThat(sums("netspan.connections"))
        .containsOnly(
            Map.entry("netspan.close.reason=local_fin " + CURL.replace("=curl", "=checkout"), 1L));
  }

  /** The reader may have slept until the first of its events came. */
  @Test
  void aConnectionAfterAnIdleTimeWaitsForItsProcessToo() {
    enricher.knows(FakeProcess.CURL.pid(), FakeProcess.CURL.startTime(), "checkout");
    tracker.reportEnds(kernel.nowNs());
    kernel.passes(3_000_000_000L);
    announce();
    FakeSocket closed = kernel.client(0xd);
    clientOpens(closed);
    clientCloses(closed);
    clientOpens(kernel.client(0xc));
    tracker.reportEnds(kernel.nowNs());
    assertThat(series()).isZero();

    completions.forEach(WorkloadTable.Completion::run);
    tracker.reportEnds(kernel.nowNs());
    assertThat(counted()).containsOnly("checkout");
  }

  /** Before it, nothing was read. */
  @Test
  void whatTheFirstPassFindsWaitsForItsProcessToo() {
    enricher.knows(FakeProcess.CURL.pid(), FakeProcess.CURL.startTime(), "checkout");
    tracker.reconciler().begin(kernel.nowNs(), Provenance.BACKFILLED);
    kernel.client(0xc).found(FakeProcess.CURL, TcpState.TCP_ESTABLISHED, record -> record);
    kernel.passes(3_000_000_000L); // The pass takes so long.
    tracker.reconciler().finish(kernel.nowNs());
    tracker.reportEnds(kernel.nowNs());
    assertThat(series()).isZero();

    completions.forEach(WorkloadTable.Completion::run);
    tracker.reportEnds(kernel.nowNs());
    assertThat(counted()).containsOnly("checkout");
    assertActive("checkout", 1);
  }

  /** A collection may happen at any moment of a pass. */
  @Test
  void passesOverAnOpenConnectionLeaveItCounted() throws Exception {
    announce();
    FakeSocket client = kernel.client(0xc);
    pass(client, Provenance.BACKFILLED);
    completions.forEach(WorkloadTable.Completion::run);
    assertActive("curl", 1);
    AtomicBoolean passing = new AtomicBoolean(true);
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<Set<Long>> collected = executor.submit(() -> collectedWhile(passing));
      for (int pass = 0; pass < 20_000; pass++) {
        pass(client, Provenance.INFERRED);
      }
      passing.set(false);
      assertThat(collected.get()).containsOnly(1L);
    }
  }

  @Test
  void aConnectionThatIsCountedStaysSoUntilItsProcessIsIdentified() {
    enricher.knows(FakeProcess.CURL.pid(), FakeProcess.CURL.startTime(), "checkout");
    announce();
    FakeSocket client = kernel.client(0xc);
    pass(client, Provenance.BACKFILLED);
    assertActive("curl", 1); // as if the wait were over

    pass(client, Provenance.INFERRED);
    assertThat(sums(collect("netspan.connection.active"))).hasSize(1).containsValue(1L);

    completions.forEach(WorkloadTable.Completion::run);
    pass(client, Provenance.INFERRED);
    assertActive("checkout", 1);
    assertActive("curl", 0);
  }

  private void pass(FakeSocket over, Provenance ofNew) {
    kernel.passes(1_000_000);
    tracker.reconciler().begin(kernel.nowNs(), ofNew);
    over.found(FakeProcess.CURL, TcpState.TCP_ESTABLISHED, record -> record);
    tracker.reconciler().finish(kernel.nowNs());
  }

  /** The numbers of established connections of curl that collections saw. */
  private Set<Long> collectedWhile(AtomicBoolean passing) {
    Set<Long> seen = new HashSet<>();
    while (passing.get()) {
      seen.add(active(sums(collect("netspan.connection.active")), CURL, "established"));
    }
    return seen;
  }

  /** The services of all series. */
  private Set<String> counted() {
    tracker.reportEnds(Long.MAX_VALUE);
    return reader.collectAllMetrics().stream()
        .filter(metric -> metric.getName().startsWith("netspan.connection"))
        .flatMap(metric -> metric.getData().getPoints().stream())
        .map(point -> point.getAttributes().get(stringKey("service.name")))
        .collect(Collectors.toSet());
  }

  private void assertActive(String service, long established) {
    assertThat(
            active(
                sums("netspan.connection.active"),
                CURL.replace("=curl", "=" + service),
                "established"))
        .isEqualTo(established);
  }

  @Test
  void aConnectionIsCountedAfterASecondAtTheLatest() {
    announce();
    FakeSocket client = kernel.client(0xc);
    clientOpens(client);
    FakeSocket closed = kernel.client(0xd);
    clientOpens(closed);
    clientCloses(closed);
    tracker.reportEnds(kernel.nowNs());
    assertThat(series()).isZero();

    kernel.passes(1_100_000_000);
    await("the time since the process was first seen")
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              tracker.reportEnds(kernel.nowNs());
              assertThat(series()).isEqualTo(1);
            });
    assertActive(0, 1, 0, 0);
    assertThat(sums("netspan.connections"))
        .containsOnly(Map.entry("netspan.close.reason=local_fin " + CURL, 1L));
    assertThat(metrics.countedEarly()).isEqualTo(1);
  }

  /** Its object is used again for the next connection. */
  @Test
  void aConnectionThatWaitedIsNotCountedForAnother() {
    announce();
    FakeSocket client = kernel.client(0xc);
    for (int i = 0; i < WaitingConnections.MOST + 7; i++) {
      clientOpens(client);
      clientCloses(client);
    }
    clientOpens(client);

    long early = metrics.countedEarly(); // More than 7 if all of this takes longer than a second.
    assertThat(early).isBetween(7L, WaitingConnections.MOST + 7L);

    completions.forEach(WorkloadTable.Completion::run);
    assertActive(0, 1, 0, 0);
    assertThat(sums("netspan.connections"))
        .containsOnly(
            Map.entry("netspan.close.reason=local_fin " + CURL, WaitingConnections.MOST + 7L));
    assertThat(metrics.countedEarly()).isEqualTo(early);
  }

  @Test
  void aServerIsNotCountedUnderNobodyBeforeItAccepts() {
    announce();
    completions.forEach(WorkloadTable.Completion::run);
    FakeSocket server = kernel.server(0x5);
    server.established(); // Nobody's yet.
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);

    assertThat(sums("netspan.connection.retransmits").keySet()).containsOnly(NGINX);
  }
}
