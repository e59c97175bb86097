package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the truth table that an agent must look at while their connections are open. */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class OpenConnectionRowsTest {
  private static final Duration INTERVAL = Duration.ofMillis(500);

  /** Two passes begin and end within it. */
  private static final Duration SNAPSHOT_WITHIN = Duration.ofSeconds(5);

  private static final Duration IDLE = Duration.ofSeconds(10);
  private static final int IDLE_CONNECTIONS = 13;
  private static final int IDLE_PORT = 10_014;

  @TempDir private static Path folder = Path.of("");

  private static @Nullable WatchedAgent agent;
  private static @Nullable Workload idle;
  private static long idleSince;

  @BeforeAll
  static void start() throws Exception {
    agent = WatchedAgent.start(folder, "--snapshot-interval", INTERVAL.toMillis() + "ms");
    idle = agent().workload("L14", "--port", "" + IDLE_PORT, "--count", "" + IDLE_CONNECTIONS);
    idle().awaitWord("open");
    idleSince = System.nanoTime();
  }

  @AfterAll
  static void stop() throws Exception {
    if (idle != null) {
      idle.close();
    }
    if (agent != null) {
      agent.close();
    }
  }

  private static WatchedAgent agent() {
    return requireNonNull(agent);
  }

  private static Workload idle() {
    return requireNonNull(idle);
  }

  @TestFactory
  Stream<DynamicTest> rows() {
    return Stream.of(
        RowRunner.test(Row.L11, OpenConnectionRowsTest::halfClosed),
        RowRunner.test(Row.W1, () -> afterSnapshots("W1", 10_021, 7, "accepted", "open")),
        RowRunner.test(Row.W3, () -> afterSnapshots("W3", 10_023, 7, "accepted", "open")),
        RowRunner.test(Row.W6, () -> afterSnapshots("W6", 10_026, 5, "open")),
        RowRunner.test(Row.L14, OpenConnectionRowsTest::idleForLong));
  }

  private static Map<String, Long> states(ReceivedMetrics metrics, int port, String role) {
    return metrics.sums(
        "netspan.connection.active",
        "network.connection.state",
        "server.port=" + port,
        "netspan.role=" + role);
  }

  private static long active(ReceivedMetrics metrics, int port) {
    return metrics.sum("netspan.connection.active", "server.port=" + port);
  }

  /** 12 of the 23 are shut down by the client, the others by the server. */
  private static Verdict halfClosed() throws Exception {
    int port = 10_011;
    try (Workload workload = agent().workload("L11", "--port", "" + port, "--count", "23")) {
      workload.awaitWord("open");
      agent()
          .awaitMetrics(
              "the states of half-closed connections",
              SNAPSHOT_WITHIN,
              metrics ->
                  states(metrics, port, "client")
                          .equals(Map.of("fin_wait_2", 12L, "close_wait", 11L))
                      && states(metrics, port, "server")
                          .equals(Map.of("fin_wait_2", 11L, "close_wait", 12L)));
      workload.goOn();
      return agent().judge(workload.end(), Terms.BPF).withNote("12 and 11 in fin_wait_2");
    }
  }

  /** Goes on from each of these words after two passes, of which one began when it was said. */
  private static Verdict afterSnapshots(String row, int port, int count, String... words)
      throws Exception {
    try (Workload workload = agent().workload(row, "--port", "" + port, "--count", "" + count)) {
      for (String word : words) {
        workload.awaitWord(word);
        agent()
            .awaitMetrics(
                "all open", SNAPSHOT_WITHIN, metrics -> active(metrics, port) == 2L * count);
        agent().awaitPasses(INTERVAL);
        workload.goOn();
      }
      return agent().judge(workload.end(), Terms.BPF);
    }
  }

  private static Verdict idleForLong() throws Exception {
    await("10 s without traffic")
        .atMost(IDLE.plusSeconds(5))
        .until(() -> System.nanoTime() - idleSince >= IDLE.toNanos());
    agent().awaitPasses(INTERVAL);
    long open = active(agent().metrics(), IDLE_PORT);
    List<Long> shown =
        agent().allMetrics().stream()
            .map(metrics -> active(metrics, IDLE_PORT))
            .dropWhile(count -> count < 2 * IDLE_CONNECTIONS)
            .distinct()
            .toList();
    idle().goOn();
    return agent()
        .judge(idle().end(), Terms.BPF)
        .and(open == 2 * IDLE_CONNECTIONS, open + " open at the end of the 10 s")
        .and(shown.equals(List.of(2L * IDLE_CONNECTIONS)), "the gauge then went through " + shown)
        .withNote(open + " active until then");
  }
}
