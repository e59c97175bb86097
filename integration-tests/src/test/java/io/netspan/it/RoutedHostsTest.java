package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Edge;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.JaegerTrace;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two agents as two hosts, whose clocks differ, with a router between them that translates
 * addresses. The hosts share a kernel: of an agent's spans only those of its host's namespace are
 * passed on, and of its metrics only those of the side that its host has are compared.
 */
@RequiresRoot
@RequiresProgram({
  "nginx",
  "curl",
  "clang",
  "ip",
  "nft",
  "sysctl",
  "postgres",
  "initdb",
  "setpriv",
  "redis-check-rdb"
})
@RequiresBackends
class RoutedHostsTest {
  private static final String SERVICE = "Orders";
  private static final String ROUTER = RoutedHosts.ROUTER_LEFT;
  private static final int CLOCKS_APART_MS = 200;
  private static final int WEB = 8001;
  private static final int DATABASE = 8002;
  private static final int CACHE = 8003;

  private static final int FIRST = 19;
  private static final int SECOND = 23;
  private static final int ORDERS = 12;

  private static final String RULES =
      """
      groups:
        - name: netspan
          rules:
            - alert: ConnectionsFail
              expr: |
                sum by (host_name, service_name, error_type) (
                  increase(netspan_connections_total{netspan_role="client", error_type!=""}[5m])) > 0
      """;

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void bothEndsMeetInTheBackends() throws Exception {
    Jaeger jaeger = backends.startJaeger();
    Prometheus prometheus = backends.startPrometheusWithRules(RULES);
    try (RoutedHosts hosts = RoutedHosts.create();
        HostsSpans left = new HostsSpans(hosts.left(), jaeger.otlpPort());
        HostsSpans right = new HostsSpans(hosts.right(), jaeger.otlpPort());
        Nginx nginx = Nginx.start(folder, List.of(RoutedHosts.RIGHT), hosts.right().enter());
        ServerProgram postgres = ServerProgram.postgres(RoutedHosts.RIGHT, hosts.right().enter());
        ServerProgram redis = ServerProgram.redis(RoutedHosts.RIGHT, hosts.right().enter())) {
      translate(hosts, WEB, nginx.port());
      translate(hosts, DATABASE, postgres.port());
      translate(hosts, CACHE, redis.port());
      // So that both agents find the pool in the same interval, in which its first slice begins.
      TenSeconds interval = TenSeconds.awaitBeginning();
      try (OrdersService orders =
              OrdersService.start(hosts.left().enter(), ROUTER, DATABASE, ROUTER, CACHE);
          AgentProcess one = agent("one", left, prometheus).start();
          AgentProcess two = ahead(agent("two", right, prometheus)).start()) {
        interval.assertCurrent();
        request(hosts.left(), ORDERS, "127.0.0.1:" + orders.port());
        checkCounters(prometheus, hosts.left());
        checkAlert(prometheus, hosts.left());
        awaitSlices(jaeger);
        assertThat(one.stop().lostButSteps()).isEqualTo("nothing");
        assertThat(two.stop().lostButSteps()).isEqualTo("nothing");
      }
    }
    ServiceMap.empty()
        .with("curl", "nginx", FIRST + SECOND)
        .with("curl", SERVICE, ORDERS)
        .with(SERVICE, "redis-server", ORDERS)
        .with(SERVICE, "postgres", OrdersService.POOL)
        .checkIn(jaeger);
    checkClocks(jaeger);
  }

  private static void translate(RoutedHosts hosts, int port, int actualPort) throws Exception {
    hosts.translateDestination(ROUTER, port, actualPort);
    hosts.translateSource(port);
  }

  private AgentProcess.Builder agent(String host, HostsSpans spans, Prometheus prometheus)
      throws IOException {
    return NamedHost.agent(folder, host, prometheus)
        .option("--active-timeout", "10s")
        .environment("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", spans.endpoint());
  }

  /** Gives it a wall clock that is ahead of the machine's. */
  private AgentProcess.Builder ahead(AgentProcess.Builder agent) throws IOException {
    Path source = folder.resolve("wall_clock.c");
    try (InputStream in =
        requireNonNull(RoutedHostsTest.class.getResourceAsStream("wall_clock.c"))) {
      Files.copy(in, source);
    }
    Path library = folder.resolve("wall_clock.so");
    Command.run(
        "clang",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-O1",
        "-shared",
        "-fPIC",
        "-o",
        library.toString(),
        source.toString());
    return agent
        .environment("LD_PRELOAD", library.toString())
        .environment("NETSPAN_CLOCK_MS", "" + CLOCKS_APART_MS);
  }

  private static void request(NetworkNamespace from, int times, String server) {
    for (int i = 0; i < times; i++) {
      from.run("curl", "-sf", "http://" + server);
    }
  }

  /** What each host's counter has grown by is what was done meanwhile. */
  private static void checkCounters(Prometheus prometheus, NetworkNamespace from) {
    request(from, FIRST, ROUTER + ":" + WEB);
    awaitCounters(prometheus, FIRST);
    request(from, SECOND, ROUTER + ":" + WEB);
    awaitCounters(prometheus, FIRST + SECOND);
  }

  private static void awaitCounters(Prometheus prometheus, double connections) {
    await(connections + " connections on each host")
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(
            () -> {
              assertThat(counted(prometheus, "one", "client", "curl", "nginx"))
                  .isEqualTo(connections);
              assertThat(counted(prometheus, "two", "server", "nginx", "curl"))
                  .isEqualTo(connections);
            });
  }

  private static double counted(
      Prometheus prometheus, String host, String role, String service, String peer) {
    String query =
        ("sum(netspan_connections_total{host_name=\"%s\", netspan_role=\"%s\","
                + " service_name=\"%s\", service_peer_name=\"%s\"})")
            .formatted(host, role, service, peer);
    return prometheus.query(query).stream().mapToDouble(Prometheus.Sample::value).sum();
  }

  /** A single connection of a service that nobody has seen before fails. */
  private void checkAlert(Prometheus prometheus, NetworkNamespace from) throws IOException {
    Map<String, String> alert =
        Map.of(
            "alertname", "ConnectionsFail",
            "host_name", "one",
            "service_name", "newcomer",
            "error_type", "connection_refused");
    assertThat(prometheus.firing()).doesNotContain(alert);
    String url = "http://" + RoutedHosts.RIGHT + ":" + Ports.free();
    Command failed =
        Command.attempt("ip", "netns", "exec", from.name(), Curl.as("newcomer", folder), "-s", url);
    assertThat(failed.exitCode()).as("exit code of curl, which could not connect").isEqualTo(7);
    await("the alert")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> prometheus.firing().contains(alert));
  }

  private static void awaitSlices(Jaeger jaeger) {
    await("the slices of the pool")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () ->
                jaeger.dependencies(Set.of(SERVICE)).getOrDefault(new Edge(SERVICE, "postgres"), 0L)
                    == OrdersService.POOL);
  }

  /** The server's span is behind the client's by the difference of the clocks. */
  private static void checkClocks(Jaeger jaeger) {
    List<JaegerTrace> traces = jaeger.traces("nginx");
    assertThat(traces).hasSize(FIRST + SECOND);
    assertThat(traces)
        .allSatisfy(
            trace -> {
              JaegerTrace.JaegerSpan client = trace.span("client").orElseThrow();
              JaegerTrace.JaegerSpan server = trace.span("server").orElseThrow();
              assertThat(server.isChildOf(client)).isTrue();
              assertThat((server.startMicros() - client.startMicros()) / 1000)
                  .isBetween(CLOCKS_APART_MS - 1L, CLOCKS_APART_MS + 100L);
            });
  }
}
