package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.JaegerTrace;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Connections through a router that translates addresses are edges between the actual services. */
@RequiresRoot
@RequiresProgram({"nginx", "curl", "ip", "nft", "sysctl"})
@RequiresBackends
class TranslatedConnectionsTest {
  private static final int DESTINATION = 8001;
  private static final int BOTH = 8003;
  private static final int HAIRPIN = 8004;

  private static final int TO_DESTINATION = 13;
  private static final int FROM_SOURCE = 11;
  private static final int THROUGH_BOTH = 17;
  private static final int BACK = 7;

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void eachIsAnEdgeBetweenTheActualServices() throws Exception {
    Backends.Chain chain = backends.startChain();
    try (RoutedHosts hosts = RoutedHosts.create();
        AgentProcess agent =
            AgentProcess.launcher()
                .option("run", "--format", "none")
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", chain.collector().endpoint())
                .environment("OTEL_METRIC_EXPORT_INTERVAL", "500")
                .start();
        Nginx nginx = Nginx.start(folder, List.of(RoutedHosts.RIGHT), hosts.right().enter())) {
      hosts.translateDestination(RoutedHosts.ROUTER_LEFT, DESTINATION, nginx.port());
      hosts.translateSource(nginx.port());
      hosts.translateDestination(RoutedHosts.ROUTER_LEFT, BOTH, nginx.port());
      hosts.translateSource(BOTH);
      hosts.translateDestination(RoutedHosts.ROUTER_RIGHT, HAIRPIN, nginx.port());
      hosts.translateSource(HAIRPIN);

      request(hosts.left(), "dnat", TO_DESTINATION, RoutedHosts.ROUTER_LEFT, DESTINATION);
      request(hosts.left(), "snat", FROM_SOURCE, RoutedHosts.RIGHT, nginx.port());
      request(hosts.left(), "both", THROUGH_BOTH, RoutedHosts.ROUTER_LEFT, BOTH);
      request(hosts.right(), "hairpin", BACK, RoutedHosts.ROUTER_RIGHT, HAIRPIN);

      assertThat(agent.stop().lostButSteps()).isEqualTo("nothing");
      assertThat(nginx.stopAndCountRequests())
          .isEqualTo(TO_DESTINATION + FROM_SOURCE + THROUGH_BOTH + BACK);
      ServiceMap.empty()
          .with("dnat", "nginx", TO_DESTINATION)
          .with("snat", "nginx", FROM_SOURCE)
          .with("both", "nginx", THROUGH_BOTH)
          .with("hairpin", "nginx", BACK)
          .checkIn(chain);
      checkAddresses(chain.jaeger(), nginx.port());
    }
  }

  private void request(NetworkNamespace from, String service, int times, String address, int port)
      throws IOException {
    String curl = Curl.as(service, folder);
    for (int i = 0; i < times; i++) {
      from.run(curl, "-sf", "http://" + address + ":" + port);
    }
  }

  /** What each client asked for, where it got to, and from where it came to the server. */
  private static void checkAddresses(Jaeger jaeger, int port) {
    String actual = " " + RoutedHosts.RIGHT + ":" + port;
    assertThat(addresses(jaeger, "dnat"))
        .hasSize(TO_DESTINATION)
        .containsOnly(
            RoutedHosts.ROUTER_LEFT + ":" + DESTINATION + actual + " " + RoutedHosts.LEFT);
    assertThat(addresses(jaeger, "snat"))
        .hasSize(FROM_SOURCE)
        .containsOnly("not translated " + RoutedHosts.ROUTER_RIGHT);
    assertThat(addresses(jaeger, "both"))
        .hasSize(THROUGH_BOTH)
        .containsOnly(
            RoutedHosts.ROUTER_LEFT + ":" + BOTH + actual + " " + RoutedHosts.ROUTER_RIGHT);
    assertThat(addresses(jaeger, "hairpin"))
        .hasSize(BACK)
        .containsOnly(
            RoutedHosts.ROUTER_RIGHT + ":" + HAIRPIN + actual + " " + RoutedHosts.ROUTER_RIGHT);
  }

  private static List<String> addresses(Jaeger jaeger, String service) {
    return jaeger.traces(service).stream().map(TranslatedConnectionsTest::addresses).toList();
  }

  private static String addresses(JaegerTrace trace) {
    JaegerTrace.JaegerSpan client = trace.span("client").orElseThrow();
    JaegerTrace.JaegerSpan server = trace.span("server").orElseThrow();
    assertThat(translation(server)).isEqualTo(translation(client));
    return translation(client) + " " + server.tag("client.address");
  }

  private static String translation(JaegerTrace.JaegerSpan span) {
    return span.tag("netspan.asked.address").isEmpty()
        ? "not translated"
        : span.tag("netspan.asked.address")
            + ":"
            + span.tag("netspan.asked.port")
            + " "
            + span.tag("netspan.actual.address")
            + ":"
            + span.tag("netspan.actual.port");
  }
}
