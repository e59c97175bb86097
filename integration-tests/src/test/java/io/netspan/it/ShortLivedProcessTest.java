package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes that end before their files in /proc can be read. */
@RequiresRoot
@RequiresProgram("clang")
class ShortLivedProcessTest {
  private static final int PROCESSES = 1_009;

  @Test
  void everyShortLivedProcessIsIdentifiedByPidNameAndCgroup(@TempDir Path folder) throws Exception {
    String program = Workload.compile(folder).toString();
    int closed = Ports.free();
    try (AgentProcess agent = AgentProcess.start();
        Server server = Server.start(InetAddress.getLoopbackAddress())) {
      List<Long> connected = new ArrayList<>();
      List<Long> refused = new ArrayList<>();
      long began = System.nanoTime();
      for (int i = 0; i < PROCESSES; i++) {
        boolean good = i % 2 == 0;
        int port = good ? server.port() : closed;
        (good ? connected : refused).add(Command.run(program, "connect", "" + port).pid());
      }
      long perProcessUs = (System.nanoTime() - began) / 1_000 / PROCESSES;

      agent.awaitSides(server.port(), connected.size() * 2);
      agent.awaitSides(closed, refused.size());

      Totals totals = agent.stop();
      assertThat(totals.lost()).isEqualTo("nothing");
      List<Side> failures = agent.sides(closed);
      List<Side> clients = agent.sides(server.port()).stream().filter(Side::isClient).toList();
      List<Side> servers = agent.sides(server.port()).stream().filter(Side::isServer).toList();
      checkEach(clients, connected);
      checkEach(failures, refused);
      assertThat(failures)
          .allSatisfy(side -> assertThat(side.text("error.type")).isEqualTo("connection_refused"));
      assertThat(servers).hasSameSizeAs(connected);
      assertThat(servers)
          .allSatisfy(side -> assertThat(side.pid()).isEqualTo(ProcessHandle.current().pid()));
      print(clients, perProcessUs);
    }
  }

  /** Checks that each process has one complete record. */
  private static void checkEach(List<Side> sides, List<Long> pids) {
    Map<Long, Side> byPid =
        sides.stream().collect(Collectors.toMap(Side::pid, Function.identity()));
    assertThat(byPid.keySet()).containsExactlyInAnyOrderElementsOf(pids);
    assertThat(sides)
        .allSatisfy(
            side -> {
              assertThat(side.isClient()).isTrue();
              assertThat(side.text("process.executable.name")).isEqualTo("workload");
              assertThat(side.text("netspan.process.comm")).isEqualTo("workload");
              assertThat(side.text("process.linux.cgroup")).startsWith("/");
              assertThat(side.text("service.name")).isNotEqualTo("unknown_service");
              assertThat(side.number("process.parent_pid"))
                  .isEqualTo(ProcessHandle.current().pid());
              assertThat(side.number("process.user.id")).isZero();
            });
  }

  private static void print(List<Side> clients, long perProcessUs) {
    LongSummaryStatistics us =
        clients.stream()
            .mapToLong(
                side -> Duration.between(side.time("start"), side.time("end")).toNanos() / 1_000)
            .summaryStatistics();
    System.out.printf(
        "short-lived: %d processes, one every %d us; connections lived %.0f us on average, service %s, cgroup %s%n",
        PROCESSES,
        perProcessUs,
        us.getAverage(),
        clients.getFirst().text("service.name"),
        clients.getFirst().text("process.linux.cgroup"));
  }
}
