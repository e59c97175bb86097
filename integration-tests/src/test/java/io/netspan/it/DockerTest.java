package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.JaegerTrace;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Connections of real containers are edges, however Docker brings them there. */
@RequiresRoot
@RequiresProgram({"dockerd", "docker", "busybox", "nsenter", "ip", "iptables", "curl", "tar"})
@RequiresBackends
class DockerTest {
  private static final String HOST = "10.85.0.1";
  private static final String OUTSIDE = "10.85.0.2";
  private static final String NETWORK = "shop";
  private static final String PUBLISHED = "8080";
  private static final int ON_HOST = 8081;

  /** The name that its settings give a server, which has a short-lived process per connection. */
  private static final String FRONT = "front";

  private static final int BETWEEN_CONTAINERS = 13;
  private static final int FROM_OUTSIDE = 7;
  private static final int THROUGH_PROXY = 5;
  private static final int TO_HOST_NETWORK = 11;

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void eachConnectionIsAnEdge() throws Exception {
    Backends.Chain chain = backends.startChain();
    try (NetworkNamespace host = NetworkNamespace.create("host");
        NetworkNamespace outside = NetworkNamespace.create("outside")) {
      host.connect(HOST, outside, OUTSIDE);
      try (Docker docker = Docker.start(folder, host)) {
        docker.run("network", "create", NETWORK);
        String store = docker.serve(80, "--network", NETWORK, "--publish", PUBLISHED + ":80");
        docker.serve(ON_HOST, "--network", "host", "--env", "OTEL_SERVICE_NAME=" + FRONT);
        awaitListening(host, ON_HOST);
        try (AgentProcess agent = agent(chain)) {
          docker.shell(NETWORK, wget(docker.address(store, NETWORK)));
          request(outside, "outside", FROM_OUTSIDE, HOST + ":" + PUBLISHED);
          request(host, "local", THROUGH_PROXY, "127.0.0.1:" + PUBLISHED);
          request(outside, "neighbour", TO_HOST_NETWORK, HOST + ":" + ON_HOST);
          assertThat(agent.stop().lostButSteps()).isEqualTo("nothing");
        }
        expected().checkIn(chain);
        checkContainers(chain, store);
        checkSeries(chain.prometheus());
      }
    }
  }

  private static AgentProcess agent(Backends.Chain chain) throws Exception {
    return AgentProcess.launcher()
        .option("run", "--format", "none")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", chain.collector().endpoint())
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "500")
        .start();
  }

  /** docker-proxy accepts a connection and makes another one to the container. */
  private static ServiceMap expected() {
    return ServiceMap.empty()
        .with("wget", "httpd", BETWEEN_CONTAINERS)
        .with("outside", "httpd", FROM_OUTSIDE)
        .with("local", "docker-proxy", THROUGH_PROXY)
        .with("docker-proxy", "httpd", THROUGH_PROXY)
        .with("neighbour", FRONT, TO_HOST_NETWORK);
  }

  private static void awaitListening(NetworkNamespace host, int port) {
    await("a listener on port " + port)
        .atMost(Duration.ofSeconds(10))
        .until(() -> host.run("ss", "-Htln", "sport = :" + port).output().contains(":" + port));
  }

  private static String wget(String address) {
    return "set -e; i=0; while [ $i -lt %d ]; do /bin/wget -q -O - http://%s/; i=$((i+1)); done"
        .formatted(BETWEEN_CONTAINERS, address);
  }

  private void request(NetworkNamespace from, String service, int times, String server)
      throws IOException {
    String curl = Curl.as(service, folder);
    for (int i = 0; i < times; i++) {
      from.run(curl, "-sf", "http://" + server + "/");
    }
  }

  /** The server with a name of its own has no series under the name of its program. */
  private static void checkSeries(Prometheus prometheus) {
    List<Prometheus.Sample> series =
        prometheus.query(
            ("count by (service_name) ({__name__=~\"netspan_connection.*\","
                    + " netspan_role=\"server\", server_port=\"%d\"})")
                .formatted(ON_HOST));
    assertThat(series).extracting(sample -> sample.label("service_name")).containsExactly(FRONT);
  }

  private static void checkContainers(Backends.Chain chain, String store) {
    List<JaegerTrace> traces = chain.jaeger().traces("wget");
    assertThat(traces).hasSize(BETWEEN_CONTAINERS);
    assertThat(traces)
        .allSatisfy(
            trace -> {
              JaegerTrace.JaegerSpan client = trace.span("client").orElseThrow();
              JaegerTrace.JaegerSpan server = trace.span("server").orElseThrow();
              assertThat(client.tag("netspan.peer.container.id")).isEqualTo(store);
              assertThat(server.tag("netspan.peer.container.id"))
                  .matches("[0-9a-f]{64}")
                  .isNotEqualTo(store);
            });
  }
}
