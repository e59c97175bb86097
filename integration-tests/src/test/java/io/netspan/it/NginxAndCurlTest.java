package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example that a new user tries first. */
@RequiresRoot
@RequiresProgram({"nginx", "curl"})
class NginxAndCurlTest {
  private static final String SIZES =
      "%{size_request} %{size_header} %{size_download} %{local_port}";

  @Test
  void aRequestHasOneRecordOfCurlAndOneOfAWorker(@TempDir Path folder) throws Exception {
    try (AgentProcess agent = AgentProcess.start();
        Nginx nginx = Nginx.start(folder, 1)) {
      Command curl =
          Command.run(
              "curl", "-s", "-o", "/dev/null", "-w", SIZES, "http://127.0.0.1:" + nginx.port());
      Instant done = Instant.now();

      List<Side> sides = agent.awaitSides(nginx.port(), 2);
      Duration delay = Duration.between(done, Instant.now());

      assertThat(delay).isLessThan(Duration.ofSeconds(1));
      System.out.printf("curl and nginx: seen %d ms after curl's end%n", delay.toMillis());
      Totals totals = agent.stop();
      assertThat(agent.sides(nginx.port())).hasSize(2);
      assertThat(totals.lost()).isEqualTo("nothing");
      Side client = only(sides, "CLIENT");
      Side server = only(sides, "SERVER");
      checkOwners(client, server, curl, nginx);
      checkIdentity(client, server);
      checkNumbers(client, server, curl.output().split(" "), nginx.port());
      assertThat(sides).allSatisfy(NginxAndCurlTest::checkForm);
    }
  }

  private static Side only(List<Side> sides, String kind) {
    List<Side> of = sides.stream().filter(side -> side.text("kind").equals(kind)).toList();
    assertThat(of).as("%s of %s", kind, sides).hasSize(1);
    return of.getFirst();
  }

  private static void checkOwners(Side client, Side server, Command curl, Nginx nginx) {
    assertThat(client.pid()).isEqualTo(curl.pid());
    assertThat(nginx.workers()).contains(server.pid());
    assertThat(server.pid()).isNotEqualTo(nginx.master());
    assertThat(server.number("process.parent_pid")).isEqualTo(nginx.master());
    assertThat(client.number("process.parent_pid")).isEqualTo(ProcessHandle.current().pid());
    assertThat(client.text("process.executable.name")).isEqualTo("curl");
    assertThat(server.text("process.executable.name")).isEqualTo("nginx");
    assertThat(client.text("service.name")).isEqualTo("curl");
    assertThat(server.text("service.name")).isEqualTo("nginx");
  }

  private static void checkIdentity(Side client, Side server) {
    assertThat(server.id()).isEqualTo(client.id()).matches("[0-9a-f]{16}");
    assertThat(server.text("trace_id")).isEqualTo(client.text("trace_id")).matches("[0-9a-f]{32}");
    assertThat(server.text("parent_span_id")).isEqualTo(client.text("span_id"));
    assertThat(server.text("span_id")).isNotEqualTo(client.text("span_id")).matches("[0-9a-f]{16}");
    assertThat(client.json().path("parent_span_id").isNull()).isTrue();
    assertThat(server.number("netspan.netns")).isEqualTo(client.number("netspan.netns"));
  }

  private static void checkNumbers(Side client, Side server, String[] sizes, int port) {
    long request = Long.parseLong(sizes[0]);
    long response = Long.parseLong(sizes[1]) + Long.parseLong(sizes[2]);
    long clientPort = Long.parseLong(sizes[3]);
    System.out.printf("curl and nginx: %d bytes out, %d in%n", request, response);
    assertThat(client.number("netspan.bytes.sent")).isEqualTo(request);
    assertThat(client.number("netspan.bytes.received")).isEqualTo(response);
    assertThat(server.number("netspan.bytes.sent")).isEqualTo(response);
    assertThat(server.number("netspan.bytes.received")).isEqualTo(request);
    assertThat(client.number("network.local.port")).isEqualTo(clientPort);
    assertThat(client.number("network.peer.port")).isEqualTo(port);
    assertThat(server.number("network.local.port")).isEqualTo(port);
    assertThat(server.number("network.peer.port")).isEqualTo(clientPort);
    assertThat(List.of(client, server))
        .allSatisfy(
            side -> {
              assertThat(side.number("client.port")).isEqualTo(clientPort);
              assertThat(side.text("name")).isEqualTo("tcp " + port);
            });
  }

  private static void checkForm(Side side) {
    assertThat(side.emptyAttributes()).isEmpty();
    assertThat(side.time("start")).isBeforeOrEqualTo(side.time("end"));
    assertThat(side.text("network.type")).isEqualTo("ipv4");
    assertThat(side.text("network.transport")).isEqualTo("tcp");
    assertThat(side.text("network.peer.address")).isEqualTo("127.0.0.1");
    assertThat(side.text("netspan.provenance")).isEqualTo("live");
    assertThat(side.has("error.type")).isFalse();
  }

  @Test
  void aRefusedConnectionHasExactlyOneRecord() throws Exception {
    int port = Ports.free();
    try (AgentProcess agent = AgentProcess.start()) {
      Command curl = Command.attempt("curl", "-s", "http://127.0.0.1:" + port);
      assertThat(curl.exitCode()).as("exit code of curl, which could not connect").isEqualTo(7);

      List<Side> sides = agent.awaitSides(port, 1);

      Totals totals = agent.stop();
      assertThat(agent.sides(port)).hasSize(1);
      assertThat(totals.lost()).isEqualTo("nothing");
      Side client = only(sides, "CLIENT");
      assertThat(client.pid()).isEqualTo(curl.pid());
      assertThat(client.text("error.type")).isEqualTo("connection_refused");
      assertThat(client.text("netspan.close.reason")).isEqualTo("refused");
      assertThat(client.has("netspan.connection.id")).isFalse();
      assertThat(client.emptyAttributes()).isEmpty();
      assertThat(client.time("start")).isBeforeOrEqualTo(client.time("end"));
    }
  }
}
