package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A busy nginx, whose log has the number of connections. */
@RequiresRoot
@RequiresProgram({"nginx", "bpftool"})
class EveryConnectionTest {
  private static final int ADDRESSES = 7;
  private static final int MANY = 99_991;

  /**
   * The lines of one batch fit into the agent's queue, even on a busy machine. The agent does not
   * wait for room in that queue, but counts the lines that do not fit.
   */
  private static final int ROUND = 8_000;

  /** Tolerance for the times of one event in two agents. */
  private static final Duration CLOCKS_READ_WITHIN = Duration.ofMillis(20);

  /** Batches of connections, 10,007 in total. */
  private static final int BEFORE = 3_001;

  private static final int WHILE_STOPPED = 4_003;
  private static final int AFTER = 3_003;

  @Test
  void noConnectionIsLostOrReportedTwice(@TempDir Path folder) throws Exception {
    try (AgentProcess agent = AgentProcess.start();
        Nginx nginx = Nginx.start(folder, ADDRESSES)) {
      Set<Long> workers = nginx.workers();
      LoadGenerator load = new LoadGenerator(nginx.port(), ADDRESSES);
      long ns = 0;
      for (int made = 0; made < MANY; ) {
        int round = Math.min(ROUND, MANY - made);
        long began = System.nanoTime();
        load.connect(round);
        ns += System.nanoTime() - began;
        made += round;
        agent.awaitLines(2 * made);
      }
      assertThat(nginx.stopAndCountRequests()).isEqualTo(MANY);
      Map<Integer, Long> skipped = KernelObjects.skippedRuns(agent.pid());

      Totals totals = agent.stop();

      System.out.printf(
          "every connection: %d in %.1f s, %.0f/s; program runs that the kernel skipped: %s; %s%n",
          MANY, ns / 1e9, MANY / (ns / 1e9), skipped, totals.line());
      assertThat(totals.lost()).isEqualTo("nothing");
      List<Side> sides = agent.sides(nginx.port());
      Set<String> clients = new HashSet<>();
      Set<String> servers = new HashSet<>();
      for (Side side : sides) {
        assertThat((side.isClient() ? clients : servers).add(side.id()))
            .as("reported twice: %s", side)
            .isTrue();
        assertThat(side.text("netspan.provenance")).isEqualTo("live");
        assertThat(side.isClient() ? Set.of(ProcessHandle.current().pid()) : workers)
            .as("owners of %s", side)
            .contains(side.pid());
      }
      assertThat(clients).hasSize(MANY);
      assertThat(servers).isEqualTo(clients);
    }
  }

  /**
   * A second agent with a large enough ring reports the other connections of this machine. Only
   * those may be among the losses without being connections of the test. On a quiet machine the sum
   * is exact.
   */
  @Test
  void recordsAndCountedLossesOfAStoppedAgentAddUp(@TempDir Path folder) throws Exception {
    int connections = BEFORE + WHILE_STOPPED + AFTER;
    try (AgentProcess witness = AgentProcess.json().option("--ring-size", "64M").start();
        AgentProcess agent = AgentProcess.json().option("--ring-size", "64K").start();
        Nginx nginx = Nginx.start(folder, ADDRESSES)) {
      LoadGenerator load = new LoadGenerator(nginx.port(), ADDRESSES);
      load.connect(BEFORE);
      witness.awaitLines(2 * BEFORE);
      stopped(agent, () -> load.connect(WHILE_STOPPED));
      witness.awaitLines(2 * (BEFORE + WHILE_STOPPED));
      load.connect(AFTER);
      assertThat(nginx.stopAndCountRequests()).isEqualTo(connections);

      Totals totals = agent.stop();
      Totals all = witness.stop();

      assertThat(all.lost()).isEqualTo("nothing");
      assertThat(witness.sides(nginx.port())).hasSize(2 * connections);
      List<Side> sides = agent.sides(nginx.port());
      long complete = sides.stream().filter(side -> !isEndUnseen(side)).count();
      long lost = totals.lost("kernel/ring_full_tcp_close");
      long foreign = ended(witness) - 2L * connections - (ended(agent) - complete);
      System.out.printf(
          "stopped reader: %d connections, %d records, %d of them of unseen ends, %d marked inferred, %d ends lost;"
              + " %d other ends may be among those; %s%n",
          connections,
          sides.size(),
          sides.size() - complete,
          sides.stream().filter(side -> side.text("netspan.provenance").equals("inferred")).count(),
          lost,
          Math.max(0, foreign),
          totals.line());
      assertThat(lost).isPositive();
      assertThat(complete + lost)
          .isBetween(2L * connections, 2L * connections + Math.max(0, foreign));
      checkAgainst(witness.sides(nginx.port()), sides);
    }
  }

  private static Duration lifetime(Side side) {
    return Duration.between(side.time("start"), side.time("end"));
  }

  private interface Load {
    void run() throws Exception;
  }

  private static void stopped(AgentProcess agent, Load load) throws Exception {
    agent.pause();
    try {
      load.run();
    } finally {
      agent.resume();
    }
  }

  private static boolean isEndUnseen(Side side) {
    return side.text("netspan.close.reason").equals("unknown");
  }

  private static long ended(AgentProcess agent) throws IOException {
    return agent.lines().stream().map(Side::parse).filter(side -> !isEndUnseen(side)).count();
  }

  /** Checks that an incomplete record may lack values, but never mixes two connections. */
  private static void checkAgainst(List<Side> truth, List<Side> sides) {
    Map<String, Side> known = new HashMap<>();
    truth.forEach(side -> known.put(side.text("kind") + side.id(), side));
    Set<String> seen = new HashSet<>();
    for (Side side : sides) {
      if (side.has("netspan.connection.id")) {
        String key = side.text("kind") + side.id();
        assertThat(seen.add(key)).as("reported twice: %s", side).isTrue();
        Side right = known.get(key);
        assertThat(right).as("no such connection: %s", side).isNotNull();
        assertThat(side.number("client.port"))
            .as("client's port of %s; it is %s", side, right)
            .isEqualTo(right.number("client.port"));
        if (side.text("netspan.provenance").equals("live")) {
          assertThat(lifetime(side))
              .as("lifetime of %s, of which all events were seen; it is %s", side, right)
              .isCloseTo(lifetime(right), CLOCKS_READ_WITHIN);
        }
      }
    }
  }
}
