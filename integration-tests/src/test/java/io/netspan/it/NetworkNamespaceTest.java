package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same addresses and ports in two network namespaces at the same time. */
@RequiresRoot
@RequiresProgram({"clang", "ip"})
class NetworkNamespaceTest {
  private static final String PORT = "10007";
  private static final String CLIENT_PORT = "20011";
  private static final int ROUNDS = 11;

  @Test
  void equalTuplesInTwoNamespacesAreTwoConnections(@TempDir Path folder) throws Exception {
    String program = Workload.compile(folder).toString();
    try (AgentProcess agent = AgentProcess.start();
        NetworkNamespace one = NetworkNamespace.create("one");
        NetworkNamespace two = NetworkNamespace.create("two")) {
      for (int i = 0; i < ROUNDS; i++) {
        Process first = open(one, program);
        Process second = open(two, program);
        close(first);
        close(second);
      }
      List<Long> namespaces = List.of(one.inode(), two.inode());
      agent.awaitSides(Integer.parseInt(PORT), 4 * ROUNDS);
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      Map<Long, List<Side>> sides =
          agent.sides(Integer.parseInt(PORT)).stream()
              .filter(side -> namespaces.contains(side.number("netspan.netns")))
              .collect(Collectors.groupingBy(side -> side.number("netspan.netns")));
      assertThat(sides.keySet()).containsExactlyInAnyOrderElementsOf(namespaces);
      assertThat(sides.values()).allSatisfy(NetworkNamespaceTest::check);
      assertThat(
              sides.values().stream()
                  .flatMap(List::stream)
                  .map(Side::id)
                  .collect(Collectors.toSet()))
          .hasSize(2 * ROUNDS);
    }
  }

  /** Starts a connection, and returns when it is established. */
  private static Process open(NetworkNamespace namespace, String program) throws Exception {
    Process process = namespace.start(program, "both", PORT, CLIENT_PORT);
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    assertThat(reader.readLine()).isEqualTo("open");
    return process;
  }

  private static void close(Process process) throws Exception {
    process.getOutputStream().close();
    assertThat(process.waitFor()).isZero();
  }

  private static void check(List<Side> sides) {
    assertThat(sides).hasSize(2 * ROUNDS);
    assertThat(sides.stream().filter(Side::isClient)).hasSize(ROUNDS);
    assertThat(sides.stream().map(Side::pid).collect(Collectors.toSet())).hasSize(ROUNDS);
    assertThat(sides)
        .allSatisfy(
            side -> {
              assertThat(side.number("client.port")).isEqualTo(Long.parseLong(CLIENT_PORT));
              assertThat(side.text("process.executable.name")).isEqualTo("workload");
              assertThat(
                      side.number(
                          side.isClient() ? "netspan.bytes.sent" : "netspan.bytes.received"))
                  .isEqualTo(5);
            });
  }
}
