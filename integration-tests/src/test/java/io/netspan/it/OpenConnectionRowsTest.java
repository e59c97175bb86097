package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the truth table whose open connections must be seen by a pass. */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class OpenConnectionRowsTest {
  private static final Duration INTERVAL = Duration.ofMillis(500);

  /** Two passes begin and end within this time. */
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

  @Test
  void bytesAndRoundTripTimesAreUpdatedWhileAConnectionIsOpen() throws Exception {
    int port = moveWhileOpen();
    agent().awaitMetrics("the end", SNAPSHOT_WITHIN, metrics -> ended(metrics, port) == 2);
    assertThat(hasMoved(agent().metrics(), port, 1_026, 211)).isTrue();
  }

  private static int moveWhileOpen() throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
        Socket server = listener.accept()) {
      int port = listener.getLocalPort();
      send(client, server, 1_009);
      awaitOpen(port, 1_009, 0);
      long recorded = agent().metrics().count("netspan.connection.rtt", "server.port=" + port);
      send(server, client, 211);
      send(client, server, 17);
      awaitOpen(port, 1_026, 211);
      agent()
          .awaitMetrics(
              "more round-trip times",
              SNAPSHOT_WITHIN,
              metrics ->
                  metrics.count("netspan.connection.rtt", "server.port=" + port) > recorded
                      && active(metrics, port) == 2);
      return port;
    }
  }

  private static void send(Socket from, Socket to, int count) throws IOException {
    from.getOutputStream().write(new byte[count]);
    assertThat(to.getInputStream().readNBytes(count)).hasSize(count);
  }

  private static void awaitOpen(int port, long fromClient, long fromServer) {
    agent()
        .awaitMetrics(
            fromClient + " and " + fromServer + " bytes of an open connection",
            SNAPSHOT_WITHIN,
            metrics ->
                hasMoved(metrics, port, fromClient, fromServer)
                    && active(metrics, port) == 2
                    && ended(metrics, port) == 0);
  }

  private static boolean hasMoved(
      ReceivedMetrics metrics, int port, long fromClient, long fromServer) {
    return io(metrics, port, "client").equals(nonZero(fromClient, fromServer))
        && io(metrics, port, "server").equals(nonZero(fromServer, fromClient))
        && metrics.count("netspan.connection.rtt", "server.port=" + port, "netspan.role=client") > 0
        && metrics.count("netspan.connection.rtt", "server.port=" + port, "netspan.role=server")
            > 0;
  }

  private static Map<String, Long> nonZero(long transmitted, long received) {
    return Map.of("transmit", transmitted, "receive", received).entrySet().stream()
        .filter(one -> one.getValue() != 0)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static Map<String, Long> io(ReceivedMetrics metrics, int port, String role) {
    return metrics.sums(
        "netspan.connection.io",
        "network.io.direction",
        "server.port=" + port,
        "netspan.role=" + role);
  }

  private static long ended(ReceivedMetrics metrics, int port) {
    return metrics.sum("netspan.connections", "server.port=" + port);
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

  /** The client shuts down 12 of the 23 connections, and the server the others. */
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

  /**
   * Lets the row continue after each of these words once at least two more passes were exported.
   */
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
