package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said about the other end where no process is known there. */
@RequiresRoot
@RequiresProgram({"clang", "ip", "curl"})
class OtherEndTest {
  private static final int PORT = 10_931;
  private static final int SERVER_PORT = 10_932;

  /** A namespace in which 10.0.0.2 is local, and packets to other addresses go nowhere. */
  private static NetworkNamespace lonely() {
    NetworkNamespace namespace = NetworkNamespace.create("lonely");
    try {
      namespace.ip("link", "add", "nowhere", "type", "veth", "peer", "name", "sink");
      namespace.ip("link", "set", "sink", "up");
      namespace.ip("address", "add", "10.0.0.2/24", "dev", "nowhere");
      namespace.ip("address", "add", "fd00::2/64", "dev", "nowhere", "nodad");
      namespace.ip("link", "set", "nowhere", "arp", "off", "up");
      namespace.ip("route", "add", "default", "dev", "nowhere");
      return namespace;
    } catch (RuntimeException | Error e) {
      namespace.close();
      throw e;
    }
  }

  /** Connects without an answer. */
  private static void connect(NetworkNamespace namespace, String url) throws Exception {
    Process curl = namespace.start("curl", "-s", "--connect-timeout", "0.3", url);
    assertThat(curl.waitFor()).isNotZero();
  }

  /** As {@link #connect}, but the process, through which its namespace is entered, stays. */
  private static Process connectAndStay(NetworkNamespace namespace, String address)
      throws Exception {
    String program =
        """
        import socket, sys
        s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET)
        s.settimeout(0.3)
        try:
            s.connect((sys.argv[1], int(sys.argv[2])))
        except OSError:
            s.close()
        sys.stdin.read()
        """;
    return namespace.start("python3", "-c", program, address, "" + PORT);
  }

  private static List<Side> clients(AgentProcess agent, int count) {
    List<Side> sides = agent.awaitSides(PORT, count);
    assertThat(sides).hasSize(count).allMatch(Side::isClient);
    return sides;
  }

  @Test
  void aFailedConnectionNamesItsPeerByTheAddress(@TempDir Path folder) throws Exception {
    Path hosts = Files.writeString(folder.resolve("hosts"), "10.1.2.3 db.internal db\n");
    Path ranges =
        Files.writeString(folder.resolve("ranges"), "10.1.2.0/24 billing\nfd00::/8 six\n");
    try (AgentProcess agent =
            AgentProcess.json()
                .option("--peer-names", "10.0.0.0/8=corp")
                .option("--peer-names-file", ranges.toString())
                .option("--hosts-file", hosts.toString())
                .start();
        NetworkNamespace namespace = lonely()) {
      connect(namespace, "http://10.9.9.9:" + PORT);
      connect(namespace, "http://10.1.2.4:" + PORT);
      connect(namespace, "http://10.1.2.3:" + PORT);
      connect(namespace, "http://[fd00::9]:" + PORT);
      connect(namespace, "http://11.1.1.1:" + PORT);

      List<Side> sides = clients(agent, 5);
      assertThat(sides)
          .extracting(
              side ->
                  side.text("server.address")
                      + (side.has("service.peer.name")
                          ? " "
                              + side.text("service.peer.name")
                              + " "
                              + side.text("peer.service")
                              + " "
                              + side.text("netspan.peer.provenance")
                          : ""))
          .containsExactlyInAnyOrder(
              "10.9.9.9 corp corp cidr",
              "10.1.2.4 billing billing cidr",
              "10.1.2.3 db.internal db.internal hosts",
              "fd00::9 six six cidr",
              "11.1.1.1");
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
  }

  /** The kernel drops the translated SYN, so the server is on no machine. */
  @Test
  @RequiresProgram({"nft", "python3"})
  void aConnectionThatGetsNoAnswerHasTheActualServer() throws Exception {
    try (AgentProcess agent = AgentProcess.json().option("--conntrack").start();
        NetworkNamespace namespace = lonely()) {
      namespace.nft(
          """
          table inet t { chain c { type nat hook output priority -100;
            ip daddr 10.96.0.1 tcp dport %d dnat ip to 10.9.9.9:8080
            ip6 daddr fd96::1 tcp dport %d dnat ip6 to [fd00::9]:8081;
          }; }
          """
              .formatted(PORT, PORT));
      namespace.ip("-6", "route", "add", "default", "dev", "nowhere");
      List<Process> staying =
          List.of(
              connectAndStay(namespace, "10.96.0.1"),
              connectAndStay(namespace, "fd96::1"),
              connectAndStay(namespace, "10.1.1.1"));
      try {
        assertThat(clients(agent, 3))
            .extracting(OtherEndTest::actual)
            .containsExactlyInAnyOrder(
                "10.96.0.1 10.9.9.9 8080", "fd96::1 fd00::9 8081", "10.1.1.1");
      } finally {
        staying.forEach(Process::destroy);
      }
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
  }

  private static String actual(Side side) {
    String asked = side.text("server.address");
    if (!side.has("netspan.actual.address")) {
      return asked;
    }
    assertThat(side.text("netspan.asked.address")).isEqualTo(asked);
    assertThat(side.number("netspan.asked.port")).isEqualTo(PORT);
    return asked
        + " "
        + side.text("netspan.actual.address")
        + " "
        + side.number("netspan.actual.port");
  }

  /** While polling, both sides do not find each other behind address translation. */
  @Test
  @RequiresProgram({"nft", "python3"})
  void anEstablishedConnectionHasTheActualServer() throws Exception {
    try (NetworkNamespace namespace = lonely();
        AgentProcess agent =
            AgentProcess.json()
                .under("ip", "netns", "exec", namespace.name())
                .option("--tracer", "poll", "--poll-interval", "100ms", "--conntrack")
                .start()) {
      namespace.nft(
          """
          table ip t { chain c { type nat hook output priority -100;
            ip daddr 10.96.0.1 tcp dport %d dnat to 10.0.0.2:%d; }; }
          """
              .formatted(PORT, SERVER_PORT));
      Process server =
          namespace.start(
              "python3", "-u", "-m", "http.server", "--bind", "10.0.0.2", "" + SERVER_PORT);
      try {
        assertThat(server.inputReader(StandardCharsets.UTF_8).readLine()).contains("Serving");
        Process curl = namespace.start("curl", "-s", "-o", "/dev/null", "http://10.96.0.1:" + PORT);
        assertThat(curl.waitFor()).isZero();
        assertThat(clients(agent, 1))
            .extracting(OtherEndTest::actual)
            .containsExactly("10.96.0.1 10.0.0.2 " + SERVER_PORT);
      } finally {
        server.destroy();
        assertThat(server.waitFor()).isPositive();
      }
    }
  }

  /** Without CAP_NET_ADMIN the agent traces, says once what is missing, and counts. */
  @Test
  @RequiresProgram("python3")
  void withoutTheRightTheLossIsSaidOnceAndCounted() throws Exception {
    try (NetworkNamespace namespace = lonely();
        AgentProcess agent =
            AgentProcess.json()
                .option("--conntrack")
                .under("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin")
                .start()) {
      List<Process> staying =
          List.of(connectAndStay(namespace, "10.96.0.1"), connectAndStay(namespace, "10.96.0.2"));
      try {
        assertThat(clients(agent, 2)).allMatch(side -> !side.has("netspan.actual.address"));
      } finally {
        staying.forEach(Process::destroy);
      }
      assertThat(agent.stop().lost()).contains("conntrack/denied 2");
      assertThat(agent.errors().lines().filter(line -> line.contains("CAP_NET_ADMIN"))).hasSize(1);
    }
  }
}
