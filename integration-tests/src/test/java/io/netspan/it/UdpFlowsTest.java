package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.trace.v1.Span;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** L16: UDP flows, compared with the ledger of the sent datagrams. */
@RequiresRoot
@RequiresProgram("clang")
class UdpFlowsTest {
  private static final int PORT = 5353;
  private static final int SOCKETS = 7;
  private static final int TIMES = 11;

  /** The value of {@code most_peers} in {@code flow.bpf.h}. */
  private static final int MOST_PEERS = 1_024;

  @TempDir private Path folder;
  private NetworkNamespace namespace;
  private Datagrams datagrams;

  @BeforeEach
  void begin() throws Exception {
    namespace = NetworkNamespace.create("udp");
    datagrams = Datagrams.in(namespace, folder);
  }

  @AfterEach
  void end() {
    datagrams.close();
    namespace.close();
  }

  private static AgentProcess start(String... options) throws Exception {
    return AgentProcess.json().option("--udp", "on").option(options).start();
  }

  /** Waits for this many printed flows in the test's namespace, and returns them. */
  private List<Side> flows(AgentProcess agent, int count) {
    return await(count + " flows")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> flows(agent), flows -> flows.size() >= count);
  }

  private List<Side> flows(AgentProcess agent) {
    String mark = "\"netspan.netns\":" + namespace.inode() + ",";
    return agent.lines().stream().filter(line -> line.contains(mark)).map(Side::parse).toList();
  }

  private static List<Side> select(List<Side> flows, Predicate<Side> which) {
    return flows.stream().filter(which).toList();
  }

  private record Case(int port, String server, String client, String mode, String type) {}

  @Test
  void flowsOfEveryFamilyAreExactConnectedOrNot() throws Exception {
    List<Case> cases =
        List.of(
            new Case(5301, "4", "4", "connected", "ipv4"),
            new Case(5302, "4", "4", "unconnected", "ipv4"),
            new Case(5303, "6", "6", "connected", "ipv6"),
            new Case(5304, "6", "6", "unconnected", "ipv6"),
            new Case(5305, "4", "mapped", "connected", "ipv4"),
            new Case(5306, "4", "mapped", "unconnected", "ipv4"),
            new Case(5307, "mapped", "4", "unconnected", "ipv4"));
    try (AgentProcess agent = start()) {
      for (Case one : cases) {
        long server = datagrams.serve(one.server, one.port, SOCKETS * TIMES);
        long client = datagrams.ask(one.client, one.port, one.mode, SOCKETS, TIMES);
        datagrams.end();
        agent.awaitSides(one.port, 2 * SOCKETS);
        check(one, agent.sides(one.port), server, client);
      }
      Totals totals = agent.stop();
      assertThat(totals.lost()).isEqualTo("nothing");
      assertThat(agent.lines())
          .filteredOn(line -> line.contains("\"network.transport\":\"udp\""))
          .hasSize(Math.toIntExact(totals.flows()));
      assertThat(flows(agent)).hasSize(2 * SOCKETS * cases.size());
    }
  }

  private static void check(Case one, List<Side> flows, long server, long client) {
    List<Side> clients = select(flows, Side::isClient);
    List<Side> servers = select(flows, Side::isServer);
    assertThat(clients).as("clients of %s", one).hasSize(SOCKETS);
    assertThat(servers).as("servers of %s", one).hasSize(SOCKETS);
    assertThat(ports(clients)).hasSize(SOCKETS).isEqualTo(ports(servers));
    assertThat(flows)
        .allSatisfy(
            flow -> {
              String loopback = one.type.equals("ipv6") ? "::1" : "127.0.0.1";
              assertThat(flow.text("name")).isEqualTo("udp " + one.port);
              assertThat(flow.text("network.transport")).isEqualTo("udp");
              assertThat(flow.text("network.type")).isEqualTo(one.type);
              assertThat(flow.text("network.peer.address")).isEqualTo(loopback);
              assertThat(flow.text("server.address")).isEqualTo(loopback);
              assertThat(flow.text("netspan.flow.end")).isEqualTo("closed");
              assertThat(flow.text("process.executable.name")).isEqualTo("udp");
              assertThat(flow.pid()).isEqualTo(flow.isClient() ? client : server);
              assertThat(flow.has("netspan.flow.peer")).isFalse();
              assertThat(flow.has("error.type")).isFalse();
              assertThat(flow.emptyAttributes()).isEmpty();
              checkCounts(flow, TIMES);
            });
  }

  private static Set<Long> ports(List<Side> flows) {
    return flows.stream().map(flow -> flow.number("client.port")).collect(Collectors.toSet());
  }

  /** Checks the counts of a flow with this many questions and answers. */
  private static void checkCounts(Side flow, int times) {
    String out = flow.isClient() ? "sent" : "received";
    String in = flow.isClient() ? "received" : "sent";
    assertThat(flow.number("netspan.flow.datagrams." + out)).isEqualTo(times);
    assertThat(flow.number("netspan.flow.datagrams." + in)).isEqualTo(times);
    assertThat(flow.number("netspan.bytes." + out)).isEqualTo((long) times * Datagrams.QUESTION);
    assertThat(flow.number("netspan.bytes." + in)).isEqualTo((long) times * Datagrams.ANSWER);
    assertThat(flow.number("netspan.flow.requests")).isEqualTo(times);
    double mean = flow.json().path("netspan.flow.response.duration.mean").doubleValue();
    double most = flow.json().path("netspan.flow.response.duration.max").doubleValue();
    assertThat(mean).isPositive().isLessThanOrEqualTo(most);
    assertThat(Duration.between(flow.time("start"), flow.time("end")).toNanos() / 1e9)
        .isGreaterThanOrEqualTo(most);
  }

  @Test
  void aServerOf1009PeersHasAFlowForEach() throws Exception {
    int peers = 1_009;
    int times = 3;
    try (AgentProcess agent = start()) {
      long server = datagrams.serve("4", PORT, peers * times);
      datagrams.ask("4", PORT, "unconnected", peers, times);
      datagrams.end();
      List<Side> flows = flows(agent, 2 * peers);
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(flows).hasSize(2 * peers).allSatisfy(flow -> checkCounts(flow, times));
      List<Side> servers = select(flows, Side::isServer);
      assertThat(ports(servers)).hasSize(peers).isEqualTo(ports(select(flows, Side::isClient)));
      assertThat(servers).allSatisfy(flow -> assertThat(flow.pid()).isEqualTo(server));
    }
  }

  @Test
  void peersBeyondTheBoundShareOneFlowAndAreCounted() throws Exception {
    int beyond = 79;
    int peers = MOST_PEERS + beyond;
    try (AgentProcess agent = start()) {
      datagrams.serve("4", PORT, peers);
      datagrams.ask("4", PORT, "connected", peers, 1);
      datagrams.end();
      List<Side> flows = flows(agent, peers + MOST_PEERS + 1);

      assertThat(agent.stop().lost()).isEqualTo("kernel/udp_socket_full " + 2 * beyond);
      assertThat(flows).hasSize(peers + MOST_PEERS + 1);
      List<Side> others = select(flows, flow -> flow.has("netspan.flow.peer"));
      assertThat(others).hasSize(1);
      assertThat(others.getFirst().text("netspan.flow.peer")).isEqualTo("others");
      assertThat(others.getFirst().has("network.peer.address")).isFalse();
      checkTotals(others.getFirst(), beyond);
      assertThat(select(flows, Side::isClient)).hasSize(peers);
      assertThat(select(flows, flow -> !others.contains(flow)))
          .allSatisfy(flow -> checkCounts(flow, 1));
    }
  }

  private static void checkTotals(Side server, int times) {
    assertThat(server.number("netspan.flow.datagrams.received")).isEqualTo(times);
    assertThat(server.number("netspan.flow.datagrams.sent")).isEqualTo(times);
    assertThat(server.number("netspan.bytes.received"))
        .isEqualTo((long) times * Datagrams.QUESTION);
    assertThat(server.number("netspan.bytes.sent")).isEqualTo((long) times * Datagrams.ANSWER);
  }

  @Test
  void datagramsThatIcmpRefusesAreCountedAsErrors() throws Exception {
    try (AgentProcess agent = start()) {
      long client = datagrams.run("refused", "" + PORT, "" + TIMES);
      Side flow = flows(agent, 1).getFirst();
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(flows(agent)).hasSize(1);
      assertThat(flow.isClient()).isTrue();
      assertThat(flow.pid()).isEqualTo(client);
      assertThat(flow.text("error.type")).isEqualTo("connection_refused");
      assertThat(flow.number("server.port")).isEqualTo(PORT);
      assertThat(flow.number("netspan.flow.datagrams.sent")).isEqualTo(TIMES);
      assertThat(flow.number("netspan.bytes.sent")).isEqualTo(TIMES * 11);
      assertThat(flow.number("netspan.flow.datagrams.received")).isZero();
      assertThat(flow.has("netspan.flow.requests")).isFalse();
    }
  }

  @Test
  void aFlowEndsAfterTheIdleTimeout() throws Exception {
    try (AgentProcess agent = start("--udp-idle-timeout", "1s")) {
      datagrams.serve("4", PORT, SOCKETS * TIMES);
      datagrams.ask("4", PORT, "unconnected", SOCKETS, TIMES);
      List<Side> flows = flows(agent, 2 * SOCKETS); // while all sockets are open
      datagrams.end();
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(flows(agent)).hasSize(2 * SOCKETS);
      assertThat(flows)
          .allSatisfy(
              flow -> {
                checkCounts(flow, TIMES);
                assertThat(flow.text("netspan.flow.end")).isEqualTo("idle");
              });
    }
  }

  /** A flow has one peer, whatever else its socket does, and counts only datagrams. */
  @Test
  void unusualCallsAreCountedExactly() throws Exception {
    int other = PORT + 1;
    try (AgentProcess agent = start()) {
      datagrams.run("odd", "" + PORT, "" + other);
      List<Side> flows = flows(agent, 4);
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(flows(agent)).hasSize(4);
      checkOdd(flows, Side::isClient, PORT, "1 0 1 7"); // truncated to the buffer
      checkOdd(flows, Side::isServer, PORT, "1 23 1 0");
      checkOdd(flows, Side::isClient, other, "2 36 0 0");
      checkOdd(flows, Side::isServer, other, "0 0 2 36");
      assertThat(select(flows, flow -> flow.has("netspan.flow.peer")))
          .hasSize(1)
          .allSatisfy(
              flow -> {
                assertThat(flow.text("netspan.flow.peer")).isEqualTo("unknown");
                assertThat(flow.number("server.port")).isEqualTo(other);
              });
    }
  }

  private static void checkOdd(
      List<Side> flows, Predicate<Side> side, int port, String sentAndReceived) {
    assertThat(select(flows, side.and(flow -> flow.number("server.port") == port)))
        .extracting(
            flow ->
                flow.number("netspan.flow.datagrams.sent")
                    + " "
                    + flow.number("netspan.bytes.sent")
                    + " "
                    + flow.number("netspan.flow.datagrams.received")
                    + " "
                    + flow.number("netspan.bytes.received"))
        .containsExactly(sentAndReceived);
  }

  /** One in 16 is 126 of these 2,018; a quarter or four times of that is not a plausible sample. */
  @Test
  void sampledFlowsAreExact() throws Exception {
    int peers = 1_009;
    try (AgentProcess agent = AgentProcess.json().option("--udp", "sampled").start()) {
      datagrams.serve("4", PORT, peers * 3);
      datagrams.ask("4", PORT, "connected", peers, 3);
      datagrams.end();
      Totals totals = agent.stop();

      assertThat(totals.lost()).isEqualTo("nothing");
      assertThat(flows(agent)).hasSizeBetween(32, 504).allSatisfy(flow -> checkCounts(flow, 3));
    }
  }

  @Test
  void udpIsNotCountedByDefault() throws Exception {
    try (AgentProcess agent = AgentProcess.start()) {
      datagrams.serve("4", PORT, SOCKETS * TIMES);
      datagrams.ask("4", PORT, "connected", SOCKETS, TIMES);
      datagrams.end();
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(flows(agent)).isEmpty();
      assertThat(agent.errors()).doesNotContain("sock_send_length");
    }
  }

  @Test
  void metricsAreUpdatedWhileFlowsAreOpenAndSpansFollow() throws Exception {
    try (Collector collector = new HttpCollector();
        AgentProcess agent =
            AgentProcess.json()
                .option("--udp", "on")
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
                .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
                .environment("OTEL_METRIC_EXPORT_INTERVAL", "250")
                .start()) {
      datagrams.serve("4", PORT, SOCKETS * TIMES);
      datagrams.ask("4", PORT, "connected", SOCKETS, TIMES);
      long all = SOCKETS * TIMES;
      awaitMetric(collector, "netspan.flow.datagrams", "client", "transmit", all);
      awaitMetric(collector, "netspan.flow.datagrams", "server", "receive", all);
      awaitMetric(collector, "netspan.flow.io", "client", "transmit", all * Datagrams.QUESTION);
      awaitMetric(collector, "netspan.flow.io", "server", "transmit", all * Datagrams.ANSWER);
      assertThat(collector.spans(PORT)).isEmpty();

      datagrams.end();
      assertThat(agent.stop().lost()).isEqualTo("nothing");
      assertThat(collector.spans(PORT)).hasSize(2 * SOCKETS);
      assertThat(
              collector.spans(PORT).stream()
                  .filter(span -> span.span().getKind() == Span.SpanKind.SPAN_KIND_CLIENT))
          .hasSize(SOCKETS)
          .allSatisfy(
              span -> {
                assertThat(span.span().getName()).isEqualTo("udp " + PORT);
                assertThat(span.number("netspan.flow.datagrams.sent")).isEqualTo(TIMES);
                assertThat(span.text("service.name")).isEqualTo("udp");
              });
      assertThat(collector.spans(PORT).stream().map(ReceivedSpan::traceId).distinct())
          .as("distinct trace ids, since the ends of a UDP flow do not share one")
          .hasSize(2 * SOCKETS);
    }
  }

  private static void awaitMetric(
      Collector collector, String name, String role, String direction, long value) {
    await(name + " of the " + role)
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(
                        collector.latestMetrics().stream()
                            .filter(metric -> metric.getName().equals(name))
                            .flatMap(metric -> metric.getSum().getDataPointsList().stream())
                            .filter(point -> has(point, "netspan.role", role))
                            .filter(point -> has(point, "network.io.direction", direction))
                            .filter(point -> has(point, "service.name", "udp"))
                            .mapToLong(NumberDataPoint::getAsInt)
                            .sum())
                    .isEqualTo(value));
  }

  private static boolean has(NumberDataPoint point, String key, String value) {
    return point.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals(key))
        .map(KeyValue::getValue)
        .anyMatch(found -> found.getStringValue().equals(value));
  }
}
