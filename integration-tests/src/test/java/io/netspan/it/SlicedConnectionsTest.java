package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Observed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Connections that stay open, such as those of a pool, are exported in slices. */
@RequiresRoot
class SlicedConnectionsTest {
  private static final int CONNECTIONS = 101;
  private static final int MORE = 100_003;
  private static final long INTERVAL_NS = 10_000_000_000L;

  private static AgentProcess start(Collector collector) throws Exception {
    return AgentProcess.sliced()
        .option("--active-timeout", "10s")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
        .start();
  }

  private static List<Observed> spans(Collector collector, int port) {
    return collector.spans(port).stream().map(ReceivedSpan::observed).toList();
  }

  private static boolean isOpen(Observed span) {
    return span.text("netspan.close.reason").isEmpty();
  }

  @Test
  void aPoolThatWasOpenBeforeTheAgentIsSlicedAtBothEnds() throws Exception {
    HeldConnections held = new HeldConnections(CONNECTIONS);
    try (Collector collector = new HttpCollector();
        AgentProcess agent = start(collector)) {
      held.send(MORE);
      await("slices of the pool, two seconds after the first cut")
          .atMost(Duration.ofSeconds(14))
          .until(() -> spans(collector, held.port()).size() >= 2 * CONNECTIONS);
      List<Observed> slices = spans(collector, held.port());
      assertThat(slices).allMatch(SlicedConnectionsTest::isOpen);
      held.send(1);
      held.close();

      List<Side> printed = agent.awaitSides(held.port(), 2 * CONNECTIONS);
      Totals totals = agent.stop();
      List<Observed> all = spans(collector, held.port());

      assertThat(totals.lost()).isEqualTo("nothing");
      assertThat(printed).as("lines are of whole connections").hasSize(2 * CONNECTIONS);
      assertThat(all.stream().filter(span -> !isOpen(span))).hasSize(2 * CONNECTIONS);
      checkHalves(all);
      checkCuts(all);
      checkSums(all);
    }
  }

  /** Each slice has its other half, the server's below the client's. */
  private static void checkHalves(List<Observed> all) {
    Map<String, List<Observed>> traces =
        all.stream().collect(Collectors.groupingBy(Observed::traceId));
    assertThat(traces.values())
        .allSatisfy(
            halves -> {
              assertThat(halves)
                  .extracting(Observed::kind)
                  .containsExactlyInAnyOrder("CLIENT", "SERVER");
              Observed client =
                  halves.stream()
                      .filter(one -> one.kind().equals("CLIENT"))
                      .findFirst()
                      .orElseThrow();
              Observed server =
                  halves.stream()
                      .filter(one -> one.kind().equals("SERVER"))
                      .findFirst()
                      .orElseThrow();
              assertThat(server.parentSpanId()).isEqualTo(client.spanId());
              assertThat(server.number("netspan.slice")).isEqualTo(client.number("netspan.slice"));
              assertThat(server.text("netspan.connection.id"))
                  .isEqualTo(client.text("netspan.connection.id"));
            });
  }

  /** Slices follow each other without a gap, and are cut at multiples of the interval. */
  private static void checkCuts(List<Observed> all) {
    for (List<Observed> side : bySide(all).values()) {
      List<Observed> ordered = new ArrayList<>(side);
      ordered.sort(Comparator.comparingLong(Observed::start));
      for (int i = 0; i < ordered.size(); i++) {
        Observed slice = ordered.get(i);
        assertThat(slice.number("netspan.slice")).isEqualTo(slice.start() / INTERVAL_NS);
        assertThat(isOpen(slice)).isEqualTo(i < ordered.size() - 1);
        if (isOpen(slice)) {
          assertThat(slice.end() % INTERVAL_NS).isZero();
          assertThat(slice.text("network.connection.state")).isEqualTo("established");
        }
        if (i > 0) {
          assertThat(slice.start()).isEqualTo(ordered.get(i - 1).end());
        }
      }
      assertThat(new TreeSet<>(ordered.stream().map(Observed::traceId).toList()))
          .hasSize(ordered.size());
    }
  }

  private static Map<String, List<Observed>> bySide(List<Observed> all) {
    return all.stream()
        .collect(
            Collectors.groupingBy(
                span -> span.kind() + " " + span.text("netspan.connection.id"),
                TreeMap::new,
                Collectors.toList()));
  }

  /** What moved since the agent found the connections, and what moved in all their life. */
  private static void checkSums(List<Observed> all) {
    Map<String, List<Observed>> sides = bySide(all);
    assertThat(sides).hasSize(2 * CONNECTIONS);
    TreeSet<Long> sinceFound = new TreeSet<>();
    TreeSet<Long> total = new TreeSet<>();
    TreeSet<Long> expectedSince = new TreeSet<>();
    TreeSet<Long> expectedTotal = new TreeSet<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      expectedSince.add(MORE + 1L + 2L * i);
      expectedTotal.add(HeldConnections.THERE + MORE + 1L + 3L * i);
    }
    sides.forEach(
        (side, slices) -> {
          String moved =
              side.startsWith("CLIENT") ? "netspan.bytes.sent" : "netspan.bytes.received";
          String inAll = moved.replace("netspan.", "netspan.connection.");
          sinceFound.add(slices.stream().mapToLong(slice -> slice.number(moved)).sum());
          total.add(slices.stream().mapToLong(slice -> slice.number(inAll)).max().orElse(0));
        });
    assertThat(sinceFound).isEqualTo(expectedSince);
    assertThat(total).isEqualTo(expectedTotal);
  }
}
