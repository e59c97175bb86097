package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real dockerd says what containers are called, also those that live for some 50 ms. */
@RequiresRoot
@RequiresProgram({"dockerd", "docker", "busybox", "nsenter", "ip", "iptables", "tar", "setpriv"})
class ContainerNamesTest {
  private static final String NETWORK = "shop";
  private static final int PORT = 8093;
  private static final int CONTAINERS = 100;

  @TempDir private Path folder;

  private AgentProcess.Builder agent(Docker docker, GrpcCollector collector) {
    return AgentProcess.json()
        .option("--container-runtimes", "docker=" + docker.socket(), "--container-labels", "team*")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "500");
  }

  @Test
  void everyContainerHasItsNameOnSpansAndMetrics() throws Exception {
    try (NetworkNamespace host = NetworkNamespace.create("host");
        Docker docker = Docker.start(folder, host);
        GrpcCollector collector = new GrpcCollector()) {
      docker.run("network", "create", NETWORK);
      String store =
          docker.serve(
              PORT,
              "--network=" + NETWORK,
              "--name=shop-store-1",
              "--label=com.docker.compose.project=shop",
              "--label=com.docker.compose.service=store");
      String address = docker.address(store, NETWORK) + ":" + PORT;
      try (AgentProcess agent = agent(docker, collector).start()) {
        for (int i = 0; i < CONTAINERS; i++) {
          docker.wget(NETWORK, address, "--name=once-" + i, "--label=team.of=" + i, "--label=x=y");
        }
        agent.awaitSides(PORT, 2 * CONTAINERS);
        docker.wget(NETWORK, address);
        agent.awaitSides(PORT, 2 * CONTAINERS + 2);
        awaitMetrics(collector);
        assertThat(agent.stop().lost()).isEqualTo("nothing");
      }
      checkSpans(collector.spans(PORT));
    }
  }

  private static void awaitMetrics(GrpcCollector collector) {
    await("the connections in the metrics, each under its containers' services")
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              ReceivedMetrics now = new ReceivedMetrics(collector.latestMetrics());
              String port = "server.port=" + PORT;
              String image = "container.image.name=netspan-it";
              String toStore = "service.peer.name=store";
              assertThat(now.sum("netspan.connections", port, image, "service.name=store"))
                  .isEqualTo(CONTAINERS + 1);
              assertThat(
                      now.sum("netspan.connections", port, image, "service.name=once-7", toStore))
                  .isEqualTo(1);
              assertThat(now.sum("netspan.connections", port, "service.namespace=shop", image))
                  .isEqualTo(CONTAINERS + 1);
              // The one whose name Docker made up.
              assertThat(now.sum("netspan.connections", port, image, "service.name=wget", toStore))
                  .isEqualTo(1);
              assertThat(now.sum("netspan.agent.cache.requests", "source=docker", "outcome=hit"))
                  .isGreaterThan(CONTAINERS);
              assertThat(now.sum("netspan.agent.source.problems")).isZero();
            });
  }

  private static void checkSpans(List<ReceivedSpan> spans) {
    List<ReceivedSpan> servers = spans.stream().filter(ReceivedSpan::isServer).toList();
    List<ReceivedSpan> clients =
        spans.stream()
            .filter(span -> !span.isServer() && !span.text("service.name").equals("wget"))
            .toList();
    assertThat(servers).hasSize(CONTAINERS + 1);
    assertThat(servers)
        .allSatisfy(
            span -> {
              assertThat(span.text("container.name")).isEqualTo("shop-store-1");
              assertThat(span.text("service.name")).isEqualTo("store");
              assertThat(span.text("service.namespace")).isEqualTo("shop");
              assertThat(span.text("container.runtime.name")).isEqualTo("docker");
            });
    assertThat(clients)
        .extracting(span -> span.text("container.name"))
        .containsExactlyInAnyOrderElementsOf(names());
    assertThat(clients)
        .allSatisfy(
            span -> {
              String name = span.text("container.name");
              assertThat(span.text("service.name")).isEqualTo(name);
              assertThat("once-" + span.text("container.label.team.of")).isEqualTo(name);
              assertThat(span.text("container.label.x")).isEmpty();
              assertThat(span.text("container.image.name")).isEqualTo("netspan-it");
              assertThat(span.text("container.image.id")).matches("sha256:[0-9a-f]{64}");
              assertThat(span.observed().attributes().get("container.image.tags"))
                  .isEqualTo(List.of("latest"));
              assertThat(span.text("service.peer.name")).isEqualTo("store");
            });
    assertThat(servers)
        .filteredOn(span -> !span.text("service.peer.name").equals("wget"))
        .extracting(span -> span.text("service.peer.name"))
        .containsExactlyInAnyOrderElementsOf(names());
  }

  private static List<String> names() {
    return IntStream.range(0, CONTAINERS).mapToObj(i -> "once-" + i).toList();
  }

  /**
   * The owner of a file has no right to it either if its mode says so and a capability is missing.
   */
  @Test
  void aSocketThatMayNotBeWrittenToIsSaidOnce() throws Exception {
    try (NetworkNamespace host = NetworkNamespace.create("host");
        Docker docker = Docker.start(folder, host);
        GrpcCollector collector = new GrpcCollector()) {
      Files.setPosixFilePermissions(docker.socket(), PosixFilePermissions.fromString("r--r--r--"));
      try (AgentProcess agent =
          agent(docker, collector)
              .under("setpriv", "--bounding-set=-dac_override", "--inh-caps=-all")
              .start()) {
        await("more than one attempt")
            .atMost(Duration.ofSeconds(30))
            .until(
                () ->
                    new ReceivedMetrics(collector.latestMetrics())
                            .sum("netspan.agent.source.problems", "reason=forbidden")
                        > 1);
        assertThat(agent.errors().lines().filter(line -> line.contains("may not be written to")))
            .hasSize(1);
      } finally {
        makeWritable(docker);
      }
    }
  }

  private static void makeWritable(Docker docker) throws IOException {
    Files.setPosixFilePermissions(docker.socket(), PosixFilePermissions.fromString("rw-rw----"));
  }
}
