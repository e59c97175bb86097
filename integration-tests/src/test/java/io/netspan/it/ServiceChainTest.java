package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Edge;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.JaegerTrace;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * curl, nginx, a Java service with a pool of connections to PostgreSQL, and Redis: nothing is
 * instrumented, and each connection is an edge in the backends.
 */
@RequiresRoot
@RequiresProgram({"curl", "nginx", "postgres", "initdb", "setpriv", "redis-check-rdb"})
@RequiresBackends
class ServiceChainTest {
  private static final int REQUESTS = 24;
  private static final String SERVICE = "Orders";
  private static final String POSTGRES = "postgres";
  private static final String POOL =
      "sum(netspan_connection_active{service_name=\"Orders\", service_peer_name=\"postgres\","
          + " network_connection_state=\"established\"})";

  /** A minute until the cut, the 2 s in which slices leave, and their way. */
  private static final Duration WITHIN = Duration.ofSeconds(70);

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  private static AgentProcess.Builder agent(Backends.Chain chain) {
    return AgentProcess.launcher()
        .option("run", "--format", "none")
        .environment("OTEL_EXPORTER_OTLP_ENDPOINT", chain.collector().endpoint());
  }

  @Test
  void eachConnectionIsAnEdge() throws Exception {
    Backends.Chain chain = backends.startChain();
    ServiceMap single =
        ServiceMap.empty()
            .with("curl", "nginx", REQUESTS)
            .with("nginx", SERVICE, REQUESTS)
            .with(SERVICE, "redis-server", REQUESTS);
    ServiceMap connections = single.with(SERVICE, POSTGRES, OrdersService.POOL);
    ServiceMap spans = single.with(SERVICE, POSTGRES, 2L * OrdersService.POOL);
    try (ServerProgram postgres = ServerProgram.postgres("127.0.0.1", List.of());
        ServerProgram redis = ServerProgram.redis("127.0.0.1", List.of());
        OrdersService orders = OrdersService.start(postgres, redis);
        Nginx nginx = Nginx.proxy(folder, orders.port());
        AgentProcess agent =
            agent(chain)
                .option("--active-timeout", "10s")
                .environment("OTEL_METRIC_EXPORT_INTERVAL", "500")
                .start()) {
      TenSeconds interval = TenSeconds.awaitMiddle();
      request(nginx.port(), REQUESTS);
      interval.assertCurrent();
      awaitSlices(chain.jaeger(), OrdersService.POOL);
      awaitPool(chain.prometheus(), Duration.ofSeconds(10));
      orders.kill();
      awaitSlices(chain.jaeger(), 2 * OrdersService.POOL);
      assertThat(agent.stop().lostButSteps()).isEqualTo("nothing");
    }
    spans.awaitSpans(chain);
    spans.checkSpans(chain);
    connections.checkConnections(chain.prometheus());
    checkSlices(chain.jaeger());
  }

  /** A user's first look: the default settings, and a pool that was open before. */
  @Test
  void aPoolThatWasOpenBeforeIsAnEdgeSoon() throws Exception {
    Backends.Chain chain = backends.startChain();
    try (ServerProgram postgres = ServerProgram.postgres("127.0.0.1", List.of());
        ServerProgram redis = ServerProgram.redis("127.0.0.1", List.of());
        OrdersService orders = OrdersService.start(postgres, redis);
        AgentProcess agent = agent(chain).start()) {
      long started = System.nanoTime();
      request(orders.port(), OrdersService.POOL);
      awaitPool(chain.prometheus(), WITHIN);
      Duration inMetrics = Duration.ofNanos(System.nanoTime() - started);
      awaitSlices(chain.jaeger(), OrdersService.POOL);
      Duration inTraces = Duration.ofNanos(System.nanoTime() - started);

      System.out.printf(
          "a pool found open: after %d s in Prometheus, after %d s in Jaeger%n",
          inMetrics.toSeconds(), inTraces.toSeconds());
      assertThat(inTraces).isLessThan(WITHIN);
      assertThat(pools(chain.prometheus())).containsExactly(SERVICE);
      assertThat(agent.stop().lostButSteps()).isEqualTo("nothing");
    }
  }

  private static void request(int port, int times) {
    for (int i = 0; i < times; i++) {
      Command.run("curl", "-sf", "http://127.0.0.1:" + port);
    }
  }

  private static void awaitPool(Prometheus prometheus, Duration within) {
    await("the pool in Prometheus")
        .atMost(within)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () ->
                prometheus.query(POOL).stream()
                    .anyMatch(sample -> sample.value() == OrdersService.POOL));
  }

  /** The services that have a series of connections to PostgreSQL, even an empty one. */
  private static List<String> pools(Prometheus prometheus) {
    return prometheus
        .query(
            "count by (service_name) ({__name__=~\"netspan_connection.*\","
                + " netspan_role=\"client\", service_peer_name=\"postgres\"})")
        .stream()
        .map(sample -> sample.label("service_name"))
        .toList();
  }

  private static void awaitSlices(Jaeger jaeger, long count) {
    await(count + " slices of the pool in Jaeger")
        .atMost(WITHIN)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () ->
                jaeger
                        .dependencies(Set.of(SERVICE, POSTGRES))
                        .getOrDefault(new Edge(SERVICE, POSTGRES), 0L)
                    >= count);
  }

  /** Each connection of the pool has a slice after which it went on, and one that says why not. */
  private static void checkSlices(Jaeger jaeger) {
    List<JaegerTrace> slices = jaeger.traces(POSTGRES);
    assertThat(slices).allSatisfy(ServiceChainTest::checkSlice);
    assertThat(slices.stream().map(slice -> slice.span("client").orElseThrow()))
        .extracting(
            client -> client.tag("network.connection.state") + client.tag("netspan.close.reason"))
        .containsOnly("established", "killed")
        .hasSize(2 * OrdersService.POOL);
  }

  private static void checkSlice(JaegerTrace slice) {
    assertThat(slice.spans()).hasSize(2);
    JaegerTrace.JaegerSpan client = slice.span("client").orElseThrow();
    JaegerTrace.JaegerSpan server = slice.span("server").orElseThrow();
    assertThat(server.isChildOf(client)).isTrue();
    assertThat(client.tag("netspan.slice")).isNotEmpty().isEqualTo(server.tag("netspan.slice"));
    assertThat(client.tag("netspan.bytes.sent")).isEqualTo(server.tag("netspan.bytes.received"));
  }
}
