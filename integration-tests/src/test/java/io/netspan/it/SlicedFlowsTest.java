package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Observed;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** UDP flows that go on are exported in slices, whose sums are what was sent. */
@RequiresRoot
class SlicedFlowsTest {
  private static final int CLIENTS = 23;
  private static final int QUESTION = 101;
  private static final int ANSWER = 37;
  private static final long INTERVAL_NS = 10_000_000_000L;
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** Clients of one server; the n-th sends {@link #QUESTION} + n bytes at a time. */
  private static final class Questions {
    private final DatagramSocket server = new DatagramSocket(Ports.free(), LOOPBACK);
    private final List<DatagramSocket> clients = new ArrayList<>();
    private final int port = server.getLocalPort(); // Known after the end, too.
    private long rounds;

    Questions() throws IOException {
      for (int i = 0; i < CLIENTS; i++) {
        DatagramSocket client = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        client.connect(LOOPBACK, port());
        client.setSoTimeout(10_000);
        clients.add(client);
      }
      server.setSoTimeout(10_000);
    }

    int port() {
      return port;
    }

    /** Each client asks once and has its answer. */
    void ask() throws IOException {
      for (int i = 0; i < CLIENTS; i++) {
        clients.get(i).send(new DatagramPacket(new byte[QUESTION + i], QUESTION + i));
        DatagramPacket question = new DatagramPacket(new byte[1_000], 1_000);
        server.receive(question);
        server.send(new DatagramPacket(new byte[ANSWER], ANSWER, question.getSocketAddress()));
        clients.get(i).receive(new DatagramPacket(new byte[1_000], 1_000));
      }
      rounds++;
    }

    void end() {
      clients.forEach(DatagramSocket::close);
      server.close();
    }
  }

  @Test
  void flowsThatNeverIdleAreSlicedAtBothEnds() throws Exception {
    Questions questions = new Questions();
    try (Collector collector = new HttpCollector();
        AgentProcess agent =
            AgentProcess.sliced()
                .option("--udp", "on", "--active-timeout", "10s")
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
                .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
                .start()) {
      await("two slices of each half")
          .atMost(Duration.ofSeconds(45))
          .pollInterval(Duration.ofMillis(50))
          .until(
              () -> {
                questions.ask();
                return collector.spans(questions.port()).size() >= 2 * 2 * CLIENTS;
              });
      questions.end();
      List<Side> printed = agent.awaitSides(questions.port(), 2 * CLIENTS);
      Totals totals = agent.stop();
      List<Observed> all =
          collector.spans(questions.port()).stream().map(ReceivedSpan::observed).toList();

      assertThat(totals.lost()).isEqualTo("nothing");
      assertThat(printed).as("lines are of whole flows").hasSize(2 * CLIENTS);
      checkHalves(all);
      Map<String, List<Observed>> sides = bySide(all);
      assertThat(sides).hasSize(2 * CLIENTS);
      sides.values().forEach(SlicedFlowsTest::checkCuts);
      sides.values().forEach(slices -> checkSums(slices, questions.rounds));
      assertThat(all.stream().mapToLong(SlicedFlowsTest::questionBytes).sum())
          .isEqualTo(2 * questions.rounds * (CLIENTS * QUESTION + CLIENTS * (CLIENTS - 1L) / 2));
    }
  }

  private static boolean isOpen(Observed span) {
    return span.text("netspan.flow.end").isEmpty();
  }

  private static Map<String, List<Observed>> bySide(List<Observed> all) {
    return all.stream()
        .collect(
            Collectors.groupingBy(
                span -> span.kind() + " " + span.number("client.port"),
                TreeMap::new,
                Collectors.toList()));
  }

  /** The flow of each client and that of the server with it have the same slices. */
  private static void checkHalves(List<Observed> all) {
    Map<Long, List<Observed>> flows =
        all.stream().collect(Collectors.groupingBy(span -> span.number("client.port")));
    assertThat(flows).hasSize(CLIENTS);
    assertThat(flows.values())
        .allSatisfy(
            halves ->
                assertThat(numbers(halves, "CLIENT"))
                    .hasSizeGreaterThanOrEqualTo(3)
                    .isEqualTo(numbers(halves, "SERVER")));
  }

  private static List<Long> numbers(List<Observed> halves, String kind) {
    return halves.stream()
        .filter(span -> span.kind().equals(kind))
        .map(span -> span.number("netspan.slice"))
        .sorted()
        .toList();
  }

  /** Slices follow each other without a gap, and are cut at multiples of the interval. */
  private static void checkCuts(List<Observed> side) {
    List<Observed> ordered = new ArrayList<>(side);
    ordered.sort(Comparator.comparingLong(Observed::start));
    for (int i = 0; i < ordered.size(); i++) {
      Observed slice = ordered.get(i);
      assertThat(isOpen(slice)).isEqualTo(i < ordered.size() - 1);
      if (isOpen(slice)) {
        assertThat(slice.end() % INTERVAL_NS).isZero();
      }
      if (i > 0) {
        assertThat(slice.start()).isEqualTo(ordered.get(i - 1).end());
        assertThat(slice.number("netspan.slice")).isEqualTo(slice.start() / INTERVAL_NS);
      }
    }
    assertThat(ordered).extracting(Observed::traceId).doesNotHaveDuplicates();
  }

  private static void checkSums(List<Observed> slices, long rounds) {
    boolean client = slices.getFirst().kind().equals("CLIENT");
    String answered = client ? "netspan.bytes.received" : "netspan.bytes.sent";
    assertThat(sum(slices, "netspan.flow.datagrams.sent")).isEqualTo(rounds);
    assertThat(sum(slices, "netspan.flow.datagrams.received")).isEqualTo(rounds);
    assertThat(sum(slices, answered)).isEqualTo(rounds * ANSWER);
    String inAll = answered.replace("netspan.", "netspan.flow.");
    assertThat(slices.stream().mapToLong(slice -> slice.number(inAll)).max())
        .hasValue(rounds * ANSWER);
  }

  private static long questionBytes(Observed span) {
    boolean client = span.kind().equals("CLIENT");
    return span.number(client ? "netspan.bytes.sent" : "netspan.bytes.received");
  }

  private static long sum(List<Observed> slices, String name) {
    return slices.stream().mapToLong(slice -> slice.number(name)).sum();
  }
}
