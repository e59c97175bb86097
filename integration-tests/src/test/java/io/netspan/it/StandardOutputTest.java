package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Standard output and error that stop accepting data. */
@RequiresRoot
@RequiresProgram({"bash", "unshare", "mount"})
class StandardOutputTest {
  private static final int CONNECTIONS = 41;

  /** A reader that leaves after the first line. */
  private static final String[] TO_HEAD = {
    "bash", "-c", "exec \"$@\" > >(exec head -n 1 >/dev/null)", "bash"
  };

  @TempDir private Path folder;

  private final InetAddress loopback = InetAddress.getLoopbackAddress();

  @Test
  void anAgentWithoutExportEndsWhenItsReaderLeaves() throws Exception {
    try (AgentProcess agent = AgentProcess.launcher().under(TO_HEAD).start();
        Server server = Server.start(loopback)) {
      server.connectFromHere(loopback, 1);

      assertThat(agent.exitCode()).as(agent.errors()).isZero();

      System.out.print("reader gone: " + agent.errors());
      assertThat(agent.errors())
          .containsOnlyOnce("standard output has no reader any more")
          .contains("nothing is exported either, so the agent ends");
      assertThat(agent.errors().lines().toList().getLast()).startsWith("totals: ");
    }
  }

  @Test
  void anAgentWithABackendContinuesWithoutPrinting() throws Exception {
    try (Collector collector = new HttpCollector();
        AgentProcess agent =
            AgentProcess.launcher()
                .under(TO_HEAD)
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
                .environment("OTEL_EXPORTER_OTLP_PROTOCOL", collector.protocol())
                .start();
        Server server = Server.start(loopback)) {
      await("the message that the reader has gone")
          .until(() -> agent.errors().contains("has no reader"));
      server.connectFromHere(loopback, CONNECTIONS);
      await("the spans").until(() -> collector.spans(server.port()).size() == 2 * CONNECTIONS);

      Totals totals = agent.stop();

      assertThat(totals.lost("output/queue_full")).isGreaterThanOrEqualTo(2 * CONNECTIONS);
      assertThat(agent.errors()).containsOnlyOnce("has no reader").doesNotContain("agent ends");
    }
  }

  @Test
  void printingResumesAfterAFullDisk() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    String onSmallDisk =
        "mount -t tmpfs -o size=16k none " + small + " && exec \"$@\" >>" + small + "/out";
    try (AgentProcess agent =
            AgentProcess.json().under("unshare", "-m", "sh", "-c", onSmallDisk, "sh").start();
        Server server = Server.start(loopback)) {
      Path out = Path.of("/proc/" + agent.pid() + "/root" + small + "/out");
      server.connectFromHere(loopback, CONNECTIONS);
      await("a full disk").until(() -> agent.errors().contains("takes no lines (ENOSPC"));
      // Lines of the first connections may still wait in a queue, and fill the disk once more.
      await("the message that the disk has room")
          .until(
              () -> {
                truncate(out);
                server.connectFromHere(loopback, 1);
                return agent.errors().contains("standard output takes lines again");
              });

      await("complete lines").until(() -> printed(out, server).size() >= 2);
      assertThat(Files.readAllLines(out)).allMatch(line -> line.startsWith("{\"trace_id\""));
      Totals totals = agent.stop();
      assertThat(totals.lost("output/write_failed")).isBetween(1L, totals.ended());
    }
  }

  private static void truncate(Path file) throws IOException {
    Files.newByteChannel(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)
        .close();
  }

  private static List<String> printed(Path out, Server server) throws IOException {
    return Files.readAllLines(out).stream()
        .filter(
            line -> line.contains("\"server.port\":" + server.port() + ",") && line.endsWith("}"))
        .toList();
  }

  @Test
  void anAgentWithoutStandardErrorStillTraces() throws Exception {
    try (AgentProcess agent =
            AgentProcess.json().under("sh", "-c", "exec \"$@\" 2>&-", "sh").launch();
        Server server = Server.start(loopback)) {
      await("a connection that it traces")
          .until(
              () -> {
                server.connectFromHere(loopback, 1);
                return !agent.sides(server.port()).isEmpty();
              });

      agent.signal("TERM");

      assertThat(agent.exitCode()).isZero();
    }
  }

  @Test
  void aStandardOutputThatIsClosedFromTheStartCountsAsAMissingReader() throws Exception {
    try (AgentProcess agent =
        AgentProcess.launcher().under("sh", "-c", "exec \"$@\" >&-", "sh").launch()) {
      assertThat(agent.exitCode()).as(agent.errors()).isZero();
      assertThat(agent.errors()).contains("has no reader any more (EBADF (9))");
    }
  }
}
