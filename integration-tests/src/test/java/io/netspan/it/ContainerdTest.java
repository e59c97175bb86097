package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real containerd says of which pods containers are, also those that live for some 50 ms. */
@RequiresRoot
@RequiresProgram({"containerd", "ctr", "runc", "busybox", "tar"})
class ContainerdTest {
  private static final int PODS = 20;

  @TempDir private Path folder;

  @Test
  void everyContainerHasItsPodOnSpans() throws Exception {
    int port = Ports.free();
    String server = "127.0.0.1:" + port;
    try (Containerd containerd = Containerd.start(folder);
        GrpcCollector collector = new GrpcCollector()) {
      containerd.run("store-0", Map.of(), "/bin/httpd", "-f", "-p", server);
      try (AgentProcess agent =
          AgentProcess.json()
              .option("--container-runtimes", "containerd=" + containerd.socket())
              .option("--container-labels", "team")
              .environment("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + collector.port())
              .start()) {
        for (int i = 0; i < PODS; i++) {
          containerd.run(
              name(i),
              Map.of("app.kubernetes.io/name", "web-" + i, "team", "" + i),
              "/bin/wget",
              "-q",
              "-O",
              "/dev/null",
              "http://" + server + "/");
        }
        agent.awaitSides(port, 2 * PODS);
        assertThat(agent.stop().lost()).isEqualTo("nothing");
      }
      check(collector.spans(port));
    }
  }

  private static String name(int pod) {
    return "web-7d9c6b5f4-x2x" + pod;
  }

  private static void check(List<ReceivedSpan> spans) {
    List<ReceivedSpan> clients = spans.stream().filter(span -> !span.isServer()).toList();
    List<ReceivedSpan> servers = spans.stream().filter(ReceivedSpan::isServer).toList();
    assertThat(clients)
        .extracting(span -> span.text("k8s.pod.name"))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, PODS).mapToObj(ContainerdTest::name).toList());
    assertThat(clients)
        .allSatisfy(
            span -> {
              String number = span.text("k8s.pod.label.team");
              assertThat(span.text("k8s.pod.name")).isEqualTo(name(Integer.parseInt(number)));
              assertThat(span.text("k8s.pod.uid")).isEqualTo("uid-of-" + span.text("k8s.pod.name"));
              assertThat(span.text("k8s.namespace.name")).isEqualTo("shop");
              assertThat(span.text("k8s.container.name")).isEqualTo("app");
              assertThat(span.text("service.name")).isEqualTo("web-" + number);
              assertThat(span.text("service.namespace")).isEqualTo("shop");
              assertThat(span.text("container.image.name")).isEqualTo(Containerd.IMAGE);
              assertThat(span.observed().attributes().get("container.image.tags"))
                  .isEqualTo(List.of("1"));
              assertThat(span.text("service.peer.name")).isEqualTo("store-0");
            });
    assertThat(servers).hasSize(PODS);
    assertThat(servers)
        .allSatisfy(span -> assertThat(span.text("k8s.pod.name")).isEqualTo("store-0"));
    assertThat(servers)
        .extracting(span -> span.text("service.peer.name"))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, PODS).mapToObj(i -> "web-" + i).toList());
  }
}
