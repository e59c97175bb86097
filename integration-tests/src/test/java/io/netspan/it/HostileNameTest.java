package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs whose names contain control sequences for terminals or syntax for parsers. */
@RequiresRoot
@RequiresProgram("clang")
class HostileNameTest {
  private static final String HOSTILE_FILE = "a\n{\"b\":1}\u001b[2J\"\\";
  private static final String HOSTILE_COMM = "c\n\u001b[31m\"\\\u0007";

  private static final String SUBSTITUTE = "\ufffd";

  @TempDir private Path folder;

  @Test
  void aHostileNameCannotCreateALineOfText() throws Exception {
    int port = Ports.free();
    try (AgentProcess agent = AgentProcess.launcher().option("--lines-per-second", "0").start()) {
      long pid = connect(port);
      await("its line")
          .until(() -> agent.lines().stream().anyMatch(line -> line.contains(":" + port + " ")));
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      List<String> lines =
          agent.lines().stream().filter(line -> line.contains(":" + port + " ")).toList();
      System.out.println("hostile: " + lines);
      assertThat(lines).hasSize(1);
      assertThat(lines.getFirst())
          .contains(" a" + SUBSTITUTE + "{\"b\":1}" + SUBSTITUTE + "[2J\"\\ ")
          .contains(" " + pid + " CLIENT ")
          .contains("connection_refused");
      assertThat(agent.output()).doesNotContain("\u001b").doesNotContain("\u0007");
      assertThat(agent.lines()).noneMatch(line -> line.startsWith("{"));
    }
  }

  @Test
  void aHostileNameIsHarmlessInJson() throws Exception {
    int port = Ports.free();
    try (AgentProcess agent = AgentProcess.start()) {
      long pid = connect(port);
      agent.awaitSides(port, 1);
      assertThat(agent.stop().lost()).isEqualTo("nothing");

      assertThat(agent.lines())
          .allSatisfy(line -> assertThat(Side.parse(line).has("kind")).isTrue());
      assertThat(agent.sides(port)).hasSize(1);
      Side side = agent.sides(port).getFirst();
      assertThat(side.pid()).isEqualTo(pid);
      assertThat(side.text("process.executable.name")).isEqualTo(harmless(HOSTILE_FILE));
      assertThat(side.text("netspan.process.comm")).isEqualTo(harmless(HOSTILE_COMM));
      assertThat(agent.output()).doesNotContain("\u001b").doesNotContain("\u0007");
    }
  }

  private static String harmless(String name) {
    return name.replaceAll("\\p{Cntrl}", SUBSTITUTE);
  }

  /** Makes a refused connection, and returns the pid. */
  private long connect(int port) throws Exception {
    Path hostile = folder.resolve(HOSTILE_FILE);
    Files.move(Workload.compile(folder), hostile);
    return Command.run(hostile.toString(), "connect", "" + port, HOSTILE_COMM).pid();
  }
}
