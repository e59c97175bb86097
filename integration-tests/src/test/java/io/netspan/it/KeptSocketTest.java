package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Connections that end while their programs keep the descriptors, as polling sees them: the kernel
 * reports such a socket's destruction long after its connection has left the tables.
 */
@RequiresRoot
@RequiresProgram("python3")
class KeptSocketTest {
  private static final int CONNECTIONS = 101;
  private static final Duration SOON = Duration.ofSeconds(20);

  /** More than the two scans that it takes to give up a socket. */
  private static final int SCANS = 5;

  private static AgentProcess polling(Collector to) throws IOException {
    return AgentProcess.json()
        .option("--tracer", "poll", "--poll-interval", "100ms")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + to.port())
        .environment("OTEL_EXPORTER_OTLP_PROTOCOL", to.protocol())
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "100")
        .start();
  }

  private static void awaitFound(Collector collector, int port, int sides) {
    await("a scan that found " + sides + " sides")
        .atMost(SOON)
        .until(() -> collector.active(port) == sides);
  }

  /** Each marker is found open by one scan, and its end is reported after it. */
  private static void awaitScans(AgentProcess agent, Collector collector) throws IOException {
    for (int i = 0; i < SCANS; i++) {
      HeldConnections marker = new HeldConnections(1);
      awaitFound(collector, marker.port(), 2);
      marker.close();
      agent.awaitSides(marker.port(), 2);
    }
  }

  /** The ends of connections, after which all descriptors of one side or both are still open. */
  private interface End {
    void of(HeldConnections held) throws IOException;
  }

  private static void checkReportedOnce(End end) throws Exception {
    try (Collector collector = new HttpCollector();
        AgentProcess agent = polling(collector)) {
      HeldConnections held = new HeldConnections(CONNECTIONS);
      awaitFound(collector, held.port(), 2 * CONNECTIONS);

      end.of(held);
      agent.awaitSides(held.port(), 2 * CONNECTIONS);
      awaitScans(agent, collector);
      assertThat(agent.sides(held.port())).hasSize(2 * CONNECTIONS);

      held.closeDescriptors();
      awaitScans(agent, collector);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
      assertThat(agent.sides(held.port())).hasSize(2 * CONNECTIONS);
      assertThat(agent.sides(held.port()).stream().filter(Side::isClient)).hasSize(CONNECTIONS);
      assertThat(agent.sides(held.port()))
          .as("how the other end is known, in this namespace")
          .allMatch(side -> side.text("netspan.peer.provenance").equals("ends"));
      assertThat(collector.connections(held.port())).isEqualTo(2 * CONNECTIONS);
      assertThat(collector.spans(held.port())).hasSize(2 * CONNECTIONS);
    }
  }

  /** Has a connection to itself, and leaves and enters its network namespace line by line. */
  private static final String WANDERER =
      """
      import ctypes, os, socket, sys
      libc = ctypes.CDLL(None, use_errno=True)
      NEWNET = 0x40000000
      def check(result):
        if result != 0:
          sys.exit(os.strerror(ctypes.get_errno()))
      def say(what):
        print(what, flush=True)
        sys.stdin.readline()
      home = os.open("/proc/self/ns/net", os.O_RDONLY)
      listener = socket.create_server(("127.0.0.1", 0))
      client = socket.create_connection(listener.getsockname())
      server = listener.accept()[0]
      say(listener.getsockname()[1])
      check(libc.unshare(NEWNET))
      say("away")
      check(libc.setns(home, NEWNET))
      say("home")
      client.close()
      server.close()
      listener.close()
      say("closed")
      """;

  @Test
  void aConnectionWhoseProcessLeavesItsNamespaceForAWhileIsReportedOnce() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.create("wanderer");
        Collector collector = new HttpCollector();
        AgentProcess agent = polling(collector)) {
      Process process = namespace.start("python3", "-c", WANDERER);
      BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
      BufferedWriter next = process.outputWriter(StandardCharsets.UTF_8);
      try {
        int port = Integer.parseInt(said.readLine());
        awaitFound(collector, port, 2);
        for (String step : List.of("away", "home")) {
          goOn(next);
          assertThat(said.readLine()).isEqualTo(step);
          awaitScans(agent, collector);
          assertThat(agent.sides(port)).as("ends while the process is %s", step).isEmpty();
          assertThat(collector.active(port)).isEqualTo(2);
        }
        goOn(next);
        assertThat(said.readLine()).isEqualTo("closed");
        agent.awaitSides(port, 2);
        awaitScans(agent, collector);
        assertThat(agent.stop().lost()).isEqualTo("nothing");
        assertThat(agent.sides(port)).hasSize(2);
      } finally {
        process.destroyForcibly();
      }
    }
  }

  private static void goOn(BufferedWriter process) throws IOException {
    process.newLine();
    process.flush();
  }

  @Test
  void connectionsThatThePeerResetsAreReportedOnce() throws Exception {
    checkReportedOnce(HeldConnections::resetByClients);
  }

  @Test
  void connectionsThatBothEndsShutDownAreReportedOnce() throws Exception {
    checkReportedOnce(HeldConnections::shutDown);
  }

  @Test
  @RequiresProgram("ss")
  void connectionsThatAnAdministratorAbortsAreReportedOnce() throws Exception {
    checkReportedOnce(KeptSocketTest::abort);
  }

  private static void abort(HeldConnections held) {
    String port = ":" + held.port();
    String aborted =
        Command.run("ss", "-K", "-H", "-n", "-t", "sport", "=", port, "or", "dport", "=", port)
            .output();
    assumeTrue(aborted.contains(port), "the kernel has CONFIG_INET_DIAG_DESTROY");
  }

  /** The listener's queue is full, so further connects wait until it is closed, and then fail. */
  @Test
  void connectsThatAScanFindsAndThatFailAreReportedOnce() throws Exception {
    try (Collector collector = new HttpCollector();
        AgentProcess agent = polling(collector)) {
      ServerSocket listener = new ServerSocket(Ports.free(), 1, InetAddress.getLoopbackAddress());
      int port = listener.getLocalPort();
      List<SocketChannel> clients = new ArrayList<>();
      for (int i = 0; i < 7; i++) {
        clients.add(connect(port));
      }
      awaitFound(collector, port, clients.size() + 2);

      listener.close();
      List<Side> sides = agent.awaitSides(port, clients.size() + 2);
      awaitScans(agent, collector);
      for (SocketChannel client : clients) {
        client.close();
      }
      awaitScans(agent, collector);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
      assertThat(sides.stream().filter(Side::isClient)).hasSize(clients.size());
      assertThat(agent.sides(port)).hasSize(clients.size() + 2);
      assertThat(collector.connections(port)).isEqualTo(clients.size() + 2);
    }
  }

  private static SocketChannel connect(int port) throws IOException {
    SocketChannel client = SocketChannel.open();
    client.configureBlocking(false);
    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return client;
  }

  /** Most are found open by no scan, so that the kernel's report of the socket is all there is. */
  @Test
  void connectionsThatEndBeforeAScanFindsThemAreReportedOnce() throws Exception {
    try (Collector collector = new HttpCollector();
        AgentProcess agent = polling(collector)) {
      HeldConnections held = new HeldConnections(CONNECTIONS);
      held.shutDown();
      awaitScans(agent, collector);

      held.closeDescriptors();
      agent.awaitSides(held.port(), 2 * CONNECTIONS);
      awaitScans(agent, collector);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
      assertThat(agent.sides(held.port())).hasSize(2 * CONNECTIONS);
      assertThat(collector.connections(held.port())).isEqualTo(2 * CONNECTIONS);
    }
  }

  /** Such connections belong to the time before the agent. */
  @Test
  void connectionsThatEndedBeforeTheAgentAreNotReported() throws Exception {
    HeldConnections before = new HeldConnections(CONNECTIONS);
    before.resetByClients();
    try (Collector collector = new HttpCollector();
        AgentProcess agent = polling(collector)) {
      awaitScans(agent, collector);
      before.closeDescriptors();
      awaitScans(agent, collector);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
      assertThat(agent.sides(before.port())).isEmpty();
      assertThat(collector.connections(before.port())).isZero();
    }
  }
}
