package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server's sequence number that is a SYN cookie is as good as another. */
@RequiresRoot
@RequiresProgram({"clang", "make", "ip"})
class SynCookiesTest {
  private static final String PORT = "10007";
  private static final String CLIENT_PORT = "20011";

  @Test
  void bothEndsAreOneTrace(@TempDir Path folder) throws Exception {
    String program = Workload.compile(folder).toString();
    try (AgentProcess agent = AgentProcess.start();
        NetworkNamespace namespace = NetworkNamespace.create("cookies")) {
      namespace.run("sh", "-c", "echo 2 >/proc/sys/net/ipv4/tcp_syncookies"); // always
      Process process = namespace.start(program, "both", PORT, CLIENT_PORT);
      assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("open");
      process.getOutputStream().close();
      assertThat(process.waitFor()).isZero();
      assertThat(received(namespace)).isEqualTo(1);

      List<Side> sides =
          agent.awaitSides(Integer.parseInt(PORT), 2).stream()
              .filter(side -> side.number("netspan.netns") == namespace.inode())
              .toList();
      Side client = sides.stream().filter(Side::isClient).findFirst().orElseThrow();
      Side server = sides.stream().filter(side -> !side.isClient()).findFirst().orElseThrow();
      assertThat(sides).hasSize(2);
      assertThat(server.text("trace_id")).isEqualTo(client.text("trace_id"));
      assertThat(server.text("parent_span_id")).isEqualTo(client.text("span_id"));
      assertThat(server.id()).isEqualTo(client.id()).isNotEmpty();
    }
  }

  /** How many connections were made from a cookie, by the kernel's account. */
  private static long received(NetworkNamespace namespace) {
    List<String[]> lines =
        namespace
            .run("cat", "/proc/net/netstat")
            .output()
            .lines()
            .filter(line -> line.startsWith("TcpExt:"))
            .map(line -> line.split(" "))
            .toList();
    return Long.parseLong(lines.getLast()[List.of(lines.getFirst()).indexOf("SyncookiesRecv")]);
  }
}
