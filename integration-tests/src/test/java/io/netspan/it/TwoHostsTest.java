package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two agents that are told to be on two hosts, with one Prometheus. Each host is a network
 * namespace; but they share a kernel, so each agent sees the connections of both.
 */
@RequiresRoot
@RequiresProgram({"nginx", "curl", "ip"})
@RequiresBackends
class TwoHostsTest {
  private static final String FIRST_ADDRESS = "10.83.0.1";
  private static final String SECOND_ADDRESS = "10.83.0.2";
  private static final int BETWEEN_HOSTS = 29;
  private static final int WITHIN_SECOND = 13;
  private static final long CONNECTIONS = BETWEEN_HOSTS + WITHIN_SECOND;

  private static final String CONNECTED =
      "netspan_connections_total{service_name=\"curl\", service_peer_name=\"nginx\"}";
  private static final String ACCEPTED =
      "netspan_connections_total{service_name=\"nginx\", service_peer_name=\"curl\"}";

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  void countersOfTwoHostsAddUp() throws Exception {
    Prometheus prometheus = backends.startPrometheus();
    try (NetworkNamespace first = NetworkNamespace.create("first");
        NetworkNamespace second = NetworkNamespace.create("second")) {
      first.connect(FIRST_ADDRESS, second, SECOND_ADDRESS);
      try (Nginx nginx = Nginx.start(folder, List.of(SECOND_ADDRESS), second.enter());
          AgentProcess one = NamedHost.agent(folder, "one", prometheus).start();
          AgentProcess two = NamedHost.agent(folder, "two", prometheus).start()) {
        request(first, BETWEEN_HOSTS, nginx);
        request(second, WITHIN_SECOND, nginx);
        assertThat(one.stop().lost()).isEqualTo("nothing");
        assertThat(two.stop().lost()).isEqualTo("nothing");
      }
    }
    Map<String, Double> each = Map.of("one", (double) CONNECTIONS, "two", (double) CONNECTIONS);
    for (String series : List.of(CONNECTED, ACCEPTED)) {
      assertThat(byHost(prometheus, "sum by (host_name) (" + series + ")")).isEqualTo(each);
      assertThat(prometheus.query("sum(" + series + ")"))
          .singleElement()
          .satisfies(sample -> assertThat(sample.value()).isEqualTo(2 * CONNECTIONS));
      assertThat(prometheus.query("count by (instance) (" + series + ")")).hasSize(2);
    }
    assertThat(byHost(prometheus, "count by (host_name) (netspan_agent_tracked)"))
        .isEqualTo(Map.of("one", 1.0, "two", 1.0));
  }

  private static void request(NetworkNamespace from, int times, Nginx nginx) {
    for (int i = 0; i < times; i++) {
      from.run("curl", "-s", "http://" + SECOND_ADDRESS + ":" + nginx.port());
    }
  }

  private static Map<String, Double> byHost(Prometheus prometheus, String query) {
    Map<String, Double> values = new TreeMap<>();
    prometheus
        .query(query)
        .forEach(sample -> values.put(sample.label("host_name"), sample.value()));
    return values;
  }
}
