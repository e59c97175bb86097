package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.truth.Row;
import io.netspan.it.truth.Terms;
import io.netspan.it.truth.TruthTable;
import io.netspan.it.truth.Verdict;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages and reports of an agent whose kernel programs cannot run. */
@RequiresRoot
@RequiresProgram({"setpriv", "unshare", "mount"})
class FallbackTest {
  private static final String LOST = "the kernel programs cannot run, so connections are polled";

  /** Drops the capabilities for BPF and for other namespaces; other processes stay readable. */
  private static final String[] WITHOUT_BPF = {
    "setpriv", "--bounding-set=-sys_admin,-bpf,-perfmon", "--inh-caps=-all"
  };

  private static final int CONNECTIONS = 101;

  private static AgentProcess.Builder polling() {
    return AgentProcess.json().option("--poll-interval", "200ms");
  }

  private static AgentProcess.Builder export(AgentProcess.Builder agent, Collector to) {
    return agent
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + to.port())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", to.protocol())
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "100");
  }

  /** Checks for one warning besides the messages of every start. */
  private static void checkOneMessage(AgentProcess agent, String reason) {
    await("the messages of every start")
        .until(
            () ->
                agent.errors().contains("polling open sockets every")
                    && agent.errors().contains("open connection sides: "));
    List<String> said = agent.errors().lines().toList();
    System.out.println("fallback: " + String.join(System.lineSeparator(), said));
    assertThat(said).hasSize(4);
    assertThat(said.getFirst()).contains("WARN", LOST, reason, "Polling misses");
    assertThat(said.subList(1, 4)).allMatch(line -> line.contains(" INFO "));
  }

  private static void awaitScanned(Collector collector, int port, int sides) {
    await("a poll that found " + sides + " sides")
        .atMost(Duration.ofSeconds(20))
        .until(() -> collector.active(port) == sides);
  }

  @Test
  void openConnectionsAreCountedExactlyWithoutCapabilities() throws Exception {
    TruthTable.check(Row.S6, Terms.POLL_HELD.tracer(), this::withoutCapabilities);
  }

  private Verdict withoutCapabilities() throws Exception {
    try (Collector collector = new HttpCollector();
        AgentProcess agent = export(polling().under(WITHOUT_BPF), collector).start()) {
      checkOneMessage(agent, "needs CAP_BPF and CAP_PERFMON");
      HeldConnections held = new HeldConnections(CONNECTIONS);
      awaitScanned(collector, held.port(), 2 * CONNECTIONS);
      // A scan may have found the connections before their bytes, and a reset leaves no numbers.
      await("a scan after the last byte").until(() -> collector.bytes(held.port()) == held.bytes());
      held.close();

      List<Side> sides = agent.awaitSides(held.port(), 2 * CONNECTIONS);
      Totals totals = agent.stop();

      System.out.println("fallback: " + totals.line());
      assertThat(agent.sides(held.port())).hasSize(2 * CONNECTIONS);
      assertThat(totals.lost("tracer/fell_back")).isEqualTo(1);
      checkSides(
          sides.stream().filter(Side::isClient).toList(),
          HeldConnections.THERE,
          HeldConnections.BACK);
      checkSides(
          sides.stream().filter(Side::isServer).toList(),
          HeldConnections.BACK,
          HeldConnections.THERE);
      assertThat(agent.sides(collector.port())).as("sides of the agent itself").isEmpty();
      assertThat(collector.spans(held.port())).hasSize(2 * CONNECTIONS);
      return new Verdict(2L * CONNECTIONS, sides.size(), List.of(), totals.line());
    }
  }

  private static void checkSides(List<Side> sides, int sent, int received) {
    assertThat(sides)
        .hasSize(CONNECTIONS)
        .allSatisfy(
            side -> {
              assertThat(side.text("netspan.provenance")).isEqualTo("polled");
              assertThat(side.text("netspan.process.provenance")).isEqualTo("descriptor");
              assertThat(side.pid()).isEqualTo(ProcessHandle.current().pid());
              assertThat(side.text("process.executable.name")).isEqualTo("java");
              assertThat(side.time("start")).isBefore(side.time("end"));
              assertThat(side.has("error.type")).isFalse();
              assertThat(side.has("netspan.connection.id")).isFalse();
              assertThat(side.emptyAttributes()).isEmpty();
            });
    assertThat(
            sides.stream()
                .map(side -> side.number("netspan.bytes.sent"))
                .collect(Collectors.toSet()))
        .isEqualTo(numbers(sent));
    assertThat(
            sides.stream()
                .map(side -> side.number("netspan.bytes.received"))
                .collect(Collectors.toSet()))
        .isEqualTo(numbers(received));
  }

  private static Set<Long> numbers(int from) {
    return java.util.stream.LongStream.range(from, from + CONNECTIONS)
        .boxed()
        .collect(Collectors.toSet());
  }

  /**
   * The kernel reports connections that began and ended between two polls, without their process.
   */
  @Test
  void shortConnectionsAreCountedOnceWhilePolling() throws Exception {
    try (AgentProcess agent = AgentProcess.json().option("--tracer", "poll").start();
        Server server = Server.start(InetAddress.getLoopbackAddress())) {
      assertThat(agent.errors()).doesNotContain("WARN");
      server.connectFromHere(InetAddress.getLoopbackAddress(), CONNECTIONS);

      List<Side> sides = agent.awaitSides(server.port(), 2 * CONNECTIONS);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
      assertThat(agent.sides(server.port())).hasSize(2 * CONNECTIONS);
      assertThat(sides.stream().filter(Side::isClient))
          .hasSize(CONNECTIONS)
          .allSatisfy(side -> assertThat(side.number("netspan.bytes.sent")).isEqualTo(5));
      assertThat(sides.stream().filter(Side::isServer))
          .allSatisfy(side -> assertThat(side.number("netspan.bytes.received")).isEqualTo(5));
      assertThat(sides)
          .allSatisfy(side -> assertThat(side.text("netspan.provenance")).isEqualTo("polled"));
    }
  }

  @Test
  @RequiresProgram({"clang", "ip"})
  void otherNetworkNamespacesArePolledWherePermitted(@TempDir Path folder) throws Exception {
    String program = Workload.compile(folder).toString();
    try (NetworkNamespace namespace = NetworkNamespace.create("polled");
        Collector collector = new HttpCollector();
        AgentProcess agent = export(polling().option("--tracer", "poll"), collector).start()) {
      Process process = namespace.start(program, "both", "10007", "20011");
      BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
      assertThat(reader.readLine()).isEqualTo("open");
      awaitScanned(collector, 10_007, 2);
      process.getOutputStream().close();
      assertThat(process.waitFor()).isZero();

      List<Side> sides = agent.awaitSides(10_007, 2);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
      assertThat(sides)
          .hasSize(2)
          .allSatisfy(
              side -> {
                assertThat(side.number("netspan.netns")).isEqualTo(namespace.inode());
                assertThat(side.pid()).isEqualTo(process.pid());
              });
    }
  }

  @Test
  void theAgentPollsWithoutBtf() throws Exception {
    String hide = "mount --bind /dev/null /sys/kernel/btf/vmlinux && exec \"$@\"";
    try (AgentProcess agent = polling().under("unshare", "-m", "sh", "-c", hide, "sh").start()) {
      checkOneMessage(agent, "BTF");
      agent.stop();
    }
  }

  @Test
  void doctorReportsWhetherPollingWouldWork() {
    List<String> command = new ArrayList<>(List.of(WITHOUT_BPF));
    command.addAll(List.of(Launcher.path().toString(), "doctor"));

    Command doctor = Command.attempt(command.toArray(String[]::new));

    assertThat(doctor.exitCode()).as(doctor.output()).isEqualTo(3);
    assertThat(doctor.output().lines())
        .filteredOn(line -> line.matches("limited +fallback .*"))
        .singleElement()
        .asString()
        .contains("polling would work", "CAP_SYS_ADMIN is missing");
  }

  @Test
  void theAgentWithoutAnyCapabilityReportsWhatItCannotSee() throws Exception {
    try (AgentProcess agent =
        polling().under("setpriv", "--bounding-set=-all", "--inh-caps=-all").start()) {
      checkOneMessage(agent, "needs CAP_BPF and CAP_PERFMON");
      assertThat(agent.errors())
          .contains("CAP_SYS_ADMIN is missing", "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH");
      agent.stop();
    }
  }
}
