package io.netspan.receiver.slice;

import static io.netspan.receiver.slice.SlicedHost.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.telemetry.NetworkSpan;
import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Two agents that do not know of each other, one at the clients and one at the servers, with clocks
 * that differ: how many slices are left without their other half.
 */
final class SlicesOfTwoHostsTest {
  private static final int CONNECTIONS = 2_000;
  private static final int MINUTES = 30;
  private static final long LATENCY_NS = 500_000;

  /** Something that happens on one of the hosts. */
  private record Event(long ns, SlicedHost host, Runnable what) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::ns));
  private final SplittableRandom random = new SplittableRandom(3);

  private double exponential(double mean) {
    return -Math.log(1 - random.nextDouble()) * mean;
  }

  private void at(double seconds, SlicedHost host, Runnable what) {
    events.add(new Event((long) (seconds * SECOND), host, what));
  }

  /** A connection that is open for 4 minutes on average, and used every 40 s. */
  private void connection(int isn, SlicedHost clients, SlicedHost servers) {
    SlicedHost.Side[] sides = new SlicedHost.Side[2];
    double latency = LATENCY_NS / (double) SECOND;
    double begin = 6 + random.nextDouble() * 60 * (MINUTES - 2);
    double end = Math.min(begin + exponential(240), 60 * (MINUTES - 1) + 30);
    at(begin, clients, () -> sides[0] = clients.client(isn));
    at(begin + latency, servers, () -> sides[1] = servers.server(isn));
    for (double t = begin + exponential(40); t < end; t += exponential(40)) {
      at(t, clients, () -> send(clients, sides[0]));
      at(t + latency, servers, () -> send(servers, sides[1]));
    }
    at(end, clients, () -> clients.close(sides[0]));
    at(end + latency, servers, () -> servers.close(sides[1]));
  }

  private static void send(SlicedHost host, SlicedHost.Side side) {
    side.sent += 100;
    side.sentAtNs = host.kernel.nowNs();
  }

  /** Its agent reads the ring 20 times a second, and scans 20 ms after each minute of its clock. */
  private void agent(SlicedHost host, double aheadSeconds) {
    for (int i = 6 * 20; i < MINUTES * 60 * 20; i++) {
      at(i / 20.0, host, () -> host.tracker.reportEnds(host.kernel.nowNs()));
    }
    for (int minute = 1; minute < MINUTES; minute++) {
      at(minute * 60 - aheadSeconds + 0.02, host, host::pass);
    }
  }

  private static Set<String> traces(SlicedHost host) {
    return host.exported.stream().map(NetworkSpan::getTraceId).collect(Collectors.toSet());
  }

  private static long missing(SlicedHost of, Set<String> at) {
    return of.exported.stream().filter(span -> !at.contains(span.getTraceId())).count();
  }

  @ParameterizedTest
  @CsvSource({"0, 0.001", "5, 0.001", "200, 0.02"})
  void fewHalvesAreLeftAlone(int aheadMs, double most) {
    SlicedHost clients = new SlicedHost(0);
    SlicedHost servers = new SlicedHost(aheadMs * 1_000_000L);
    agent(clients, 0);
    agent(servers, aheadMs / 1_000.0);
    for (int i = 1; i <= CONNECTIONS; i++) {
      connection(i, clients, servers);
    }
    for (Event event = events.poll(); event != null; event = events.poll()) {
      event.host().kernel.passes(Math.max(0, event.ns() - event.host().kernel.nowNs()));
      event.what().run();
    }

    Set<String> ofClients = traces(clients);
    Set<String> ofServers = traces(servers);
    Set<String> all = new HashSet<>(ofClients);
    all.addAll(ofServers);
    long alone = missing(clients, ofServers) + missing(servers, ofClients);
    double share = (double) alone / all.size();
    System.out.printf(
        "slices: clocks %d ms apart: %d of %d slices (%.3f %%) have one half only%n",
        aheadMs, alone, all.size(), 100 * share);
    assertThat(all).hasSizeGreaterThan(2 * CONNECTIONS);
    assertThat(share).isLessThan(most);
    int without = CONNECTIONS - connectionsWithAnEdge(clients, ofServers).size();
    System.out.printf("slices: %d of %d connections have no whole slice%n", without, CONNECTIONS);
    assertThat(without).isLessThan(CONNECTIONS / 500);
  }

  private static Set<String> connectionsWithAnEdge(SlicedHost clients, Set<String> ofServers) {
    return clients.exported.stream()
        .filter(span -> ofServers.contains(span.getTraceId()))
        .map(NetworkSpan::connectionId)
        .collect(Collectors.toSet());
  }
}
