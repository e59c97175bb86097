package io.netspan.receiver.slice;

import static io.netspan.receiver.slice.SlicedHost.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.NetworkSpan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The edges that the rules of service graphs make of the spans of connections. */
final class ServiceGraphTest {
  private static final String EDGE = "curl -> nginx";

  /** A span and when it comes to the backend. */
  private record Arrival(NetworkSpan span, long ns) {}

  /** The graph of everything that these hosts have exported, long after the last span. */
  private static ServiceGraph graph(ServiceGraph.Rules rules, long delayNs, SlicedHost... hosts) {
    List<Arrival> all = new ArrayList<>();
    long delay = 0;
    for (SlicedHost host : hosts) {
      for (int i = 0; i < host.exported.size(); i++) {
        all.add(new Arrival(host.exported.get(i), host.exportedNs.get(i) + delay));
      }
      delay += delayNs;
    }
    all.sort(Comparator.comparingLong(Arrival::ns));
    ServiceGraph graph = new ServiceGraph(rules);
    for (Arrival one : all) {
      graph.accept(one.span(), one.ns(), one.ns() + SlicedHost.INTERVAL * SlicedHost.MINUTE);
    }
    graph.passUntil(all.getLast().ns() + 60 * SECOND);
    return graph;
  }

  private static ServiceGraph graph(ServiceGraph.Rules rules, SlicedHost... hosts) {
    return graph(rules, 0, hosts);
  }

  @ParameterizedTest
  @EnumSource
  void bothSidesOnOneMachineAreOneEdge(ServiceGraph.Rules rules) {
    SlicedHost host = new SlicedHost(0);
    SlicedHost.Side client = host.client(7);
    SlicedHost.Side server = host.server(7);
    host.close(client);
    host.close(server);

    ServiceGraph graph = graph(rules, host);
    assertThat(graph.edges()).isEqualTo(Map.of(EDGE, 1));
    assertThat(graph.expired).isZero();
  }

  /** Both halves leave one after the other, so a store of 1,000 never fills up. */
  @ParameterizedTest
  @EnumSource
  void manyConnectionsAtOnceNeedNoRoom(ServiceGraph.Rules rules) {
    SlicedHost host = new SlicedHost(0);
    List<SlicedHost.Side> clients = new ArrayList<>();
    List<SlicedHost.Side> servers = new ArrayList<>();
    for (int isn = 1; isn <= 5_003; isn++) {
      clients.add(host.client(isn));
      servers.add(host.server(isn));
    }
    clients.forEach(host::close);
    servers.forEach(host::close);

    ServiceGraph graph = graph(rules, host);
    assertThat(graph.edges()).isEqualTo(Map.of(EDGE, 5_003));
    assertThat(graph.dropped).isZero();
    assertThat(graph.mostStored).isEqualTo(1);
  }

  /** The client asked for another address and port than the server has. */
  @ParameterizedTest
  @EnumSource
  void behindAddressTranslationTheEdgeIsTheSame(ServiceGraph.Rules rules) {
    SlicedHost host = new SlicedHost(0);
    FakeSocket client =
        host.kernel.client(0xc).local("10.0.0.9", 40_009).peer("10.96.0.1", 80).isns(7, ~7);
    FakeSocket server =
        host.kernel.server(0x5).local("10.1.0.2", 8_080).peer("10.0.0.1", 51_003).isns(7, ~7);
    client.open(FakeProcess.CURL);
    client.established();
    server.established();
    client.closesFirst(FakeProcess.CURL);
    client.close(5);
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);

    assertThat(graph(rules, host).edges()).isEqualTo(Map.of(EDGE, 1));
  }

  /**
   * Columns: how many seconds after the client the server closes, the edges of the Collector's
   * rules, and those of Tempo's. Beyond the time to live, the half of the client stands for both.
   */
  @ParameterizedTest
  @CsvSource({
    "0.5, curl -> nginx, curl -> nginx",
    "2.5, curl -> nginx, curl -> nginx",
    "7, curl -> nginx (virtual_node), curl -> nginx",
    "20, curl -> nginx (virtual_node), curl -> nginx (virtual_node)",
  })
  void aSideThatEndsLaterIsNeverASecondEdge(double seconds, String collector, String tempo) {
    SlicedHost host = new SlicedHost(0);
    SlicedHost.Side client = host.client(7);
    SlicedHost.Side server = host.server(7);
    host.until(0, 10);
    host.pass(); // finds the processes of both sides
    host.close(client);
    for (double t = 0; t < seconds; t += 0.05) {
      host.until(0, 10 + t);
    }
    host.close(server);

    assertThat(host.exported).hasSize(2);
    assertThat(graph(ServiceGraph.Rules.COLLECTOR, host).edges()).isEqualTo(Map.of(collector, 1));
    assertThat(graph(ServiceGraph.Rules.TEMPO, host).edges()).isEqualTo(Map.of(tempo, 1));
  }

  @ParameterizedTest
  @EnumSource
  void eachSliceIsAnEdge(ServiceGraph.Rules rules) {
    SlicedHost host = new SlicedHost(0);
    SlicedHost.Side client = host.client(7);
    SlicedHost.Side server = host.server(7);
    for (int minute = 1; minute <= 3; minute++) {
      client.sent += 100;
      host.cut(minute);
      host.until(minute, 3);
    }
    host.close(client);
    host.close(server);

    ServiceGraph graph = graph(rules, host);
    assertThat(graph.edges()).isEqualTo(Map.of(EDGE, 4));
    assertThat(graph.expired).isZero();
  }

  /** Each agent sees one side, and one of them is half a second later with its batch. */
  @ParameterizedTest
  @CsvSource({"COLLECTOR, 5", "COLLECTOR, 200", "TEMPO, 5", "TEMPO, 200"})
  void slicesOfTwoMachinesComeTogether(ServiceGraph.Rules rules, int aheadMs) {
    int count = 101;
    SlicedHost clients = new SlicedHost(0);
    SlicedHost servers = new SlicedHost(aheadMs * 1_000_000L);
    for (int isn = 1; isn <= count; isn++) {
      clients.client(isn);
      servers.server(isn);
    }
    for (int minute = 1; minute <= 2; minute++) {
      for (SlicedHost host : List.of(clients, servers)) {
        host.open.forEach(side -> side.sent += 100);
        host.until(minute - 1, 30);
        host.pass();
        host.cut(minute);
        for (double t = 1; t < 3; t += 0.05) {
          host.until(minute, t);
        }
      }
    }

    assertThat(clients.exported).hasSize(2 * count);
    assertThat(servers.exported).hasSize(2 * count);
    ServiceGraph graph = graph(rules, 500_000_000, clients, servers);
    assertThat(graph.edges()).isEqualTo(Map.of(EDGE, 2 * count));
    assertThat(graph.expired).isZero();
  }

  @Test
  void aFailedConnectionToAKnownServerIsAVirtualNode() {
    SlicedHost host = new SlicedHost(0);
    SlicedHost.Side client = host.client(7);
    SlicedHost.Side server = host.server(7);
    host.close(client);
    host.close(server);
    host.exported.clear();
    host.exportedNs.clear();
    FakeSocket refused = host.kernel.client(0xd);
    refused.open(FakeProcess.CURL);
    refused.close(2, 111);

    for (ServiceGraph.Rules rules : ServiceGraph.Rules.values()) {
      assertThat(graph(rules, host).edges())
          .isEqualTo(Map.of("curl -> nginx (virtual_node) failed", 1));
    }
  }

  @Test
  void aFailedConnectionToAnUnknownServerIsAnEdgeForTheCollectorOnly() {
    SlicedHost host = new SlicedHost(0);
    FakeSocket refused = host.kernel.client(0xd);
    refused.open(FakeProcess.CURL);
    refused.close(2, 111);

    assertThat(graph(ServiceGraph.Rules.COLLECTOR, host).edges())
        .isEqualTo(Map.of("curl -> unknown (virtual_node) failed", 1));
    assertThat(graph(ServiceGraph.Rules.TEMPO, host).edges()).isEmpty();
  }

  /** Columns: the address of the other end, and the edge of a server whose client is not seen. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // The peers that may have a span: the server's span has a parent that never comes.
        "10.0.0.7 | ''",
        "203.0.113.7 | user -> nginx (virtual_node)",
      })
  void aServerAloneIsAnEdgeFromTheUserIfItsClientCannotHaveASpan(String peer, String edge) {
    SlicedHost host = new SlicedHost(0);
    FakeSocket server = host.kernel.server(0x5).peer(peer, 51_003).isns(7, ~7);
    server.established();
    server.closesLast(FakeProcess.NGINX_WORKER);
    server.close(9);

    for (ServiceGraph.Rules rules : ServiceGraph.Rules.values()) {
      assertThat(graph(rules, host).edges()).isEqualTo(edge.isEmpty() ? Map.of() : Map.of(edge, 1));
    }
  }

  @Test
  void tempoLeavesOutWhatEndedMoreThanThirtySecondsAgo() {
    SlicedHost host = new SlicedHost(0);
    SlicedHost.Side client = host.client(7);
    SlicedHost.Side server = host.server(7);
    host.close(client);
    host.close(server);

    ServiceGraph graph = new ServiceGraph(ServiceGraph.Rules.TEMPO);
    for (NetworkSpan span : host.exported) {
      graph.accept(span, 100 * SECOND, span.getEndEpochNanos() + 31 * SECOND);
    }
    assertThat(graph.edges()).isEmpty();
    assertThat(graph.dropped).isEqualTo(2);
  }
}
