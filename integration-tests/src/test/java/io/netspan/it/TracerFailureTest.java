package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The kernel programs disappear while the agent is running. Tracing programs cannot be detached
 * from outside (EOPNOTSUPP), so the test overwrites the agent's descriptor of the link, which
 * detaches them.
 */
@RequiresRoot
@RequiresProgram({"clang", "make"})
class TracerFailureTest {
  private static final int CONNECTIONS = 101;
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void aRestartedTracerFindsTheOpenConnections() throws Exception {
    try (AgentProcess agent = AgentProcess.json().option("--snapshot-interval", "1s").start();
        Server server = Server.start(InetAddress.getLoopbackAddress())) {
      HeldConnections held = new HeldConnections(CONNECTIONS);

      detach(agent);
      await("a second start").atMost(SOON).until(() -> found(agent) == 2);
      server.connectFromHere(InetAddress.getLoopbackAddress(), CONNECTIONS);
      List<Side> traced = agent.awaitSides(server.port(), 2 * CONNECTIONS);
      assertThat(traced)
          .allSatisfy(side -> assertThat(side.text("netspan.provenance")).isEqualTo("live"));

      held.close();
      agent.awaitSides(held.port(), 2 * CONNECTIONS);
      Totals totals = agent.stop();

      System.out.println("tracer failure: " + agent.errors());
      assertThat(totals.lost("tracer/restarted")).isEqualTo(1);
      assertThat(agent.sides(held.port())).hasSize(2 * CONNECTIONS);
      assertThat(agent.sides(server.port())).hasSize(2 * CONNECTIONS);
      assertThat(agent.errors().lines().filter(line -> line.contains("WARN")))
          .singleElement()
          .asString()
          .contains("are started again", "the link of", "is gone");
    }
  }

  @Test
  void twoFailuresWithinAMinuteFallBackToPolling() throws Exception {
    try (AgentProcess agent =
            AgentProcess.json()
                .option("--snapshot-interval", "1s")
                .option("--poll-interval", "200ms")
                .start();
        Server server = Server.start(InetAddress.getLoopbackAddress())) {
      HeldConnections held = new HeldConnections(CONNECTIONS);
      HeldConnections closedMeanwhile = new HeldConnections(CONNECTIONS);

      detach(agent);
      await("a second start").atMost(SOON).until(() -> found(agent) == 2);
      detach(agent);
      await("the fallback").atMost(SOON).until(() -> agent.errors().contains("polled instead"));
      closedMeanwhile.close();
      await("the first poll").atMost(SOON).until(() -> found(agent) == 3);
      server.connectFromHere(InetAddress.getLoopbackAddress(), CONNECTIONS);
      agent.awaitSides(server.port(), 2 * CONNECTIONS);

      held.close();
      agent.awaitSides(held.port(), 2 * CONNECTIONS);
      agent.awaitSides(closedMeanwhile.port(), 2 * CONNECTIONS);
      Totals totals = agent.stop();

      System.out.println("tracer failure: " + agent.errors());
      assertThat(agent.sides(closedMeanwhile.port())).hasSize(2 * CONNECTIONS);
      assertThat(agent.lines()).noneMatch(line -> line.contains("\"server.port\":0,"));
      assertThat(totals.lost("tracer/restarted")).isEqualTo(1);
      assertThat(totals.lost("tracer/fell_back")).isEqualTo(1);
      assertThat(agent.sides(held.port())).hasSize(2 * CONNECTIONS);
      assertThat(agent.sides(server.port())).hasSize(2 * CONNECTIONS);
      assertThat(agent.errors().lines().filter(line -> line.contains("WARN")))
          .satisfiesExactly(
              first -> assertThat(first).contains("are started again", "the link of", "is gone"),
              second -> assertThat(second).contains("twice within a minute", "Polling misses"));
    }
  }

  /** The programs have reported the ends; polling finds no such socket, only its destruction. */
  @Test
  void aSocketWhoseConnectionEndedBeforeTheFallbackIsNotReportedAgain() throws Exception {
    try (AgentProcess agent = AgentProcess.json().option("--poll-interval", "200ms").start();
        Server server = Server.start(InetAddress.getLoopbackAddress())) {
      HeldConnections kept = new HeldConnections(CONNECTIONS);
      kept.resetByClients();
      agent.awaitSides(kept.port(), 2 * CONNECTIONS);

      detach(agent);
      await("a second start").atMost(SOON).until(() -> found(agent) == 2);
      detach(agent);
      await("the first poll").atMost(SOON).until(() -> found(agent) == 3);
      kept.closeDescriptors();
      server.connectFromHere(InetAddress.getLoopbackAddress(), CONNECTIONS);
      agent.awaitSides(server.port(), 2 * CONNECTIONS);
      Totals totals = agent.stop();

      assertThat(totals.lost("tracer/fell_back")).isEqualTo(1);
      assertThat(agent.sides(kept.port())).hasSize(2 * CONNECTIONS);
      assertThat(agent.sides(server.port())).hasSize(2 * CONNECTIONS);
    }
  }

  @Test
  void twoFailuresOfTheOnlyTracerEndTheAgentWithAMessage() throws Exception {
    try (AgentProcess agent = AgentProcess.json().option("--tracer", "bpf").start()) {
      detach(agent);
      await("a second start").atMost(SOON).until(() -> found(agent) == 2);
      detach(agent);

      assertThat(agent.exitCode()).isEqualTo(1);
      System.out.println("tracer failure: " + agent.errors());
      assertThat(agent.errors().lines())
          .anyMatch(line -> line.startsWith("netspan: the tracer ended: ") && line.contains("gone"))
          .anyMatch(line -> line.startsWith("totals: ") && line.contains("tracer/restarted 1"));
    }
  }

  /** Unlike the others, the link of a cgroup can be detached by any privileged process. */
  @Test
  @RequiresProgram({"bpftool", "clang"})
  void aRestartedUdpTracerSeesTheEndsOfSockets() throws Exception {
    int port = 5353;
    try (NetworkNamespace namespace = NetworkNamespace.create("udp-again");
        Datagrams datagrams = Datagrams.in(namespace, folder);
        AgentProcess agent = AgentProcess.json().option("--udp", "on").start()) {
      Set<Integer> links = KernelObjects.cgroupLinks(agent.pid());
      assertThat(links).isNotEmpty();
      for (int link : links) {
        Command.run("bpftool", "link", "detach", "id", "" + link);
      }
      await("a second start")
          .atMost(SOON)
          .until(() -> agent.errors().contains("started again: UDP datagrams by"));

      datagrams.serve("4", port, 3 * CONNECTIONS);
      datagrams.ask("4", port, "connected", CONNECTIONS, 3);
      datagrams.end();
      List<Side> flows = agent.awaitSides(port, 2 * CONNECTIONS);
      Totals totals = agent.stop();

      assertThat(flows)
          .allSatisfy(flow -> assertThat(flow.text("netspan.flow.end")).isEqualTo("closed"));
      assertThat(agent.sides(port)).hasSize(2 * CONNECTIONS);
      assertThat(totals.lost()).isEqualTo("udp/restarted 1");
      assertThat(found(agent))
          .as("passes of the connection tracer, which was not restarted")
          .isEqualTo(1);
      assertThat(agent.errors().lines().filter(line -> line.contains("WARN")))
          .singleElement()
          .asString()
          .contains(
              "are started again", "the link of program release was detached from its cgroup");
    }
  }

  private static long found(AgentProcess agent) {
    return agent.errors().lines().filter(line -> line.contains("open connection sides: ")).count();
  }

  /** Replaces the descriptor of the tracing link with standard error. */
  private static void detach(AgentProcess agent) throws IOException {
    int link = link(agent);
    String result =
        Command.run(
                Workload.program().toString(),
                "dup2",
                Long.toString(agent.pid()),
                "2",
                Integer.toString(link))
            .output();
    assertThat(result.strip()).isEqualTo(Integer.toString(link));
  }

  private static int link(AgentProcess agent) throws IOException {
    Path descriptors = Path.of("/proc", Long.toString(agent.pid()), "fdinfo");
    try (Stream<Path> all = Files.list(descriptors)) {
      return all.filter(one -> read(one).matches("(?s).*link_type:\\s+(raw_)?trac.*"))
          .mapToInt(one -> Integer.parseInt(one.getFileName().toString()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      return ""; // closed since it was listed
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
