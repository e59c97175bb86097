package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.MetricAttribute;
import io.netspan.enrich.Contributors;
import io.netspan.receiver.tcp.ConnectionTracker;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.wire.EventDecoder;
import io.netspan.receiver.workload.FakeEnricher;
import io.netspan.receiver.workload.WorkloadTable;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Attributes that metrics have only where they are asked for. */
final class OptInMetricsTest {
  private static final Duration IDLE = Duration.ofMinutes(1);

  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final SdkMeterProvider meters =
      SdkMeterProvider.builder().registerMetricReader(reader, _ -> 20_000).build();
  private long nowNs;
  private final Resources resources =
      new Resources(Attributes.empty(), new MetricResources(), new SeriesExpiry(IDLE, () -> nowNs));

  @AfterEach
  void stop() {
    meters.close();
  }

  private final class Host {
    final ConnectionTracker tracker;
    final FakeKernel kernel;

    Host(String... rules) {
      ConnectionMetrics metrics =
          new ConnectionMetrics(
              meters.get("test"),
              resources.metrics(),
              new OptInAttributes(
                  Stream.of(rules).flatMap(rule -> MetricAttribute.parse(rule).stream()).toList()));
      tracker =
          new ConnectionTracker(
              new WorkloadTable(
                  new FakeEnricher(), Contributors.NONE, resources, WorkloadTable.Completion::run),
              metrics,
              new SplittableRandom(1),
              100_000);
      metrics.releaseTo(tracker::release);
      kernel = new FakeKernel(new EventDecoder(tracker));
      kernel.announce(FakeProcess.CURL);
      kernel.announce(FakeProcess.NGINX_WORKER);
    }

    FakeSocket opens(long sk, String server) {
      FakeSocket client = kernel.client(sk).peer(server, 80);
      client.open(FakeProcess.CURL);
      kernel.passes(1_000_000);
      client.established();
      return client;
    }

    void closes(FakeSocket client) {
      client.closesFirst(FakeProcess.CURL);
      client.close(5);
    }

    List<? extends PointData> points(String name) {
      tracker.reportEnds(Long.MAX_VALUE);
      return reader.collectAllMetrics().stream()
          .filter(metric -> metric.getName().equals(name))
          .map(MetricData::getData)
          .flatMap(data -> data.getPoints().stream())
          .toList();
    }

    /** The sums by the value of one attribute, over all others. */
    Map<String, Long> sums(String name, String attribute) {
      Map<String, Long> all = new TreeMap<>();
      points(name)
          .forEach(
              point ->
                  all.merge(
                      value(point, attribute), ((LongPointData) point).getValue(), Long::sum));
      return all;
    }
  }

  private static String value(PointData point, String attribute) {
    Object[] found = {"-"};
    point
        .getAttributes()
        .forEach(
            (key, value) -> {
              if (key.getKey().equals(attribute)) {
                found[0] = value;
              }
            });
    return found[0].toString();
  }

  @Test
  void aMetricHasWhatIsAskedForAndTheOthersAddUp() {
    Host host =
        new Host("netspan.connections=server.address", "netspan.connection.duration=network.type");
    for (int i = 0; i < 3; i++) {
      host.closes(host.opens(0xc, i == 0 ? "10.0.0.2" : "10.0.0.3"));
    }
    FakeSocket open = host.opens(0xd, "10.0.0.2");
    FakeSocket other = host.opens(0xe, "10.0.0.3");

    assertThat(host.sums("netspan.connections", "server.address"))
        .containsOnly(Map.entry("10.0.0.2", 1L), Map.entry("10.0.0.3", 2L));
    assertThat(host.points("netspan.connection.duration"))
        .singleElement()
        .satisfies(
            point -> {
              assertThat(value(point, "network.type")).isEqualTo("ipv4");
              assertThat(value(point, "server.address")).isEqualTo("-");
            });
    assertThat(host.points("netspan.connection.active"))
        .filteredOn(point -> value(point, "network.connection.state").equals("established"))
        .singleElement()
        .satisfies(point -> assertThat(((LongPointData) point).getValue()).isEqualTo(2));
    host.closes(open);
    host.closes(other);
    assertThat(host.sums("netspan.connection.active", "server.address")).isEqualTo(Map.of("-", 0L));
  }

  @Test
  void attributesOfTheProcessesResourceAreAttributesOfPoints() {
    Host host = new Host("netspan.*=process.pid", "netspan.connections=container.id");
    host.closes(host.opens(0xc, "10.0.0.2"));
    FakeSocket server = host.kernel.server(0x5);
    server.established();
    server.closesFirst(FakeProcess.NGINX_WORKER);
    server.close(5);

    assertThat(host.sums("netspan.connections", "process.pid"))
        .containsOnly(
            Map.entry(Integer.toString(FakeProcess.CURL.pid()), 1L),
            Map.entry(Integer.toString(FakeProcess.NGINX_WORKER.pid()), 1L));
    assertThat(host.sums("netspan.connections", "container.id")).containsOnlyKeys("-");
    assertThat(host.sums("netspan.connection.io", "process.pid")).doesNotContainKey("-");
    assertThat(host.points("netspan.connection.handshake.duration"))
        .isNotEmpty()
        .allSatisfy(point -> assertThat(value(point, "process.pid")).isNotEqualTo("-"));
  }

  /** More combinations of values than numbers for them, one after the other. */
  @Test
  void valuesOfSeriesThatEndedMakeRoomForOthers() {
    Host host = new Host("netspan.connections=server.address");
    int most = OptInAttributes.MOST + 1_000;
    for (int i = 0; i < most; i++) {
      host.closes(host.opens(0xc, "10.0." + i / 250 + "." + i % 250));
      if (i % 1_000 == 999) {
        nowNs += 2 * IDLE.toNanos();
        host.tracker.reportEnds(host.kernel.nowNs());
        nowNs += 2 * IDLE.toNanos();
        host.tracker.reportEnds(host.kernel.nowNs());
      }
    }

    Map<String, Long> sums = host.sums("netspan.connections", "server.address");
    assertThat(sums.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(most);
    assertThat(sums).as("nothing in the overflow set").doesNotContainKey("-").hasSize(most);
  }
}
