package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.netspan.it.backend.Edge;
import io.netspan.it.backend.Prometheus;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoublePredicate;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What the queries of the dashboard and of the alerts have to give after known traffic. */
final class DashboardLedger {
  private static final int RANGE_SECONDS = 300;
  private static final String SERVICES = "curl|nginx|workload|buyer|supplier";
  private static final String CURL = "curl";

  private final Map<Edge, Double> ended = new TreeMap<>();
  private final double refused;
  private final double retransmitted;

  /** The result of a query, checked. */
  interface Expectation {
    void check(String query, List<Prometheus.Sample> samples);
  }

  /**
   * The account of these.
   *
   * @param retransmitted segments of the {@link LossyTraffic}
   */
  DashboardLedger(KnownTraffic traffic, long retransmitted) {
    traffic.established().forEach((edge, count) -> ended.put(edge, (double) count));
    ended.put(LossyTraffic.EDGE, (double) LossyTraffic.ENDED);
    assertThat(traffic.refused()).containsOnlyKeys(CURL);
    refused = traffic.refused().values().stream().mapToLong(Long::longValue).sum();
    this.retransmitted = retransmitted;
    assertThat(retransmitted).isPositive();
  }

  /** A query of the dashboard with values for Grafana's variables. */
  static String substituted(String expression) {
    String query =
        expression
            .replaceAll("\\$__(rate_interval|range)\\b", RANGE_SECONDS + "s")
            .replaceAll("\\$host\\b", ".*")
            .replaceAll("\\$service\\b", SERVICES);
    assertThat(query.replace("\"$1\"", "")).doesNotContain("$");
    return query;
  }

  /** By the titles of the panels, each with the name of the query. */
  Map<String, Expectation> panels() {
    Map<String, Expectation> panels = new TreeMap<>();
    addGraphs(panels);
    addConnections(panels);
    addLatencies(panels);
    addLosses(panels);
    addAgents(panels);
    return panels;
  }

  private void addGraphs(Map<String, Expectation> panels) {
    panels.put("Services, by netspan's metrics edges", edges("source", "target"));
    panels.put("Services, by pairs of spans edges", edges("source", "target"));
    double payload = LossyTraffic.SENT + LossyTraffic.RECEIVED;
    panels.put("Top talkers A", one(lossy(), payload));
    panels.put(
        "Failures A",
        all(
            Map.of("curl  connection_refused", refused),
            "service_name",
            "service_peer_name",
            "error_type"));
  }

  private void addConnections(Map<String, Expectation> panels) {
    Map<String, Double> connections = texts(ended);
    connections.put("curl ", refused);
    panels.put("Connections per second A", rates(connections, "service_name", "service_peer_name"));
    panels.put(
        "Open connections A", positive(Map.of("buyer supplier", (double) LossyTraffic.OPEN)));
    panels.put(
        "Failed connections per second A",
        rates(Map.of("curl connection_refused", refused), "service_name", "error_type"));
    panels.put(
        "Share that failed A", all(Map.of(CURL, refused / (refused + of(CURL))), "service_name"));
    panels.put("Resets per second A", one(lossy(), LossyTraffic.RESET / (double) RANGE_SECONDS));
    panels.put("Resets per second B", all(Map.of(), "service_name"));
    double served = ended.values().stream().mapToDouble(Double::doubleValue).sum();
    panels.put(
        "Connections per second and host A",
        rates(Map.of("client", served + refused, "server", served), "netspan_role"));
  }

  private void addLatencies(Map<String, Expectation> panels) {
    for (String query : List.of("A", "B", "C")) {
      panels.put("Handshake " + query, eachEdge(seconds -> seconds > 0 && seconds < 1));
      panels.put("Round-trip time " + query, eachEdge(seconds -> seconds > 0 && seconds < 1));
    }
    for (String query : List.of("A", "B")) {
      panels.put("Lifetime " + query, eachEdge(seconds -> seconds > 0 && seconds < 60));
    }
  }

  private void addLosses(Map<String, Expectation> panels) {
    panels.put(
        "Payload per second A",
        one(
            lossy().and(sample -> sample.label("network_io_direction").equals("transmit")),
            LossyTraffic.SENT / (double) RANGE_SECONDS));
    Predicate<Prometheus.Sample> either =
        sample -> List.of("buyer", "supplier").contains(sample.label("service_name"));
    panels.put(
        "Retransmitted segments per second A",
        (query, samples) ->
            assertThat(samples.stream().filter(either).mapToDouble(Prometheus.Sample::value).sum())
                .as(query)
                .isCloseTo(retransmitted / RANGE_SECONDS, within(1e-6)));
    panels.put("Retransmitted segments per MB A", one(lossy(), perMegabyte()));
  }

  private static void addAgents(Map<String, Expectation> panels) {
    panels.put("Agents A", all(Map.of("", 1.0), "host_name"));
    panels.put("Lost A", all(Map.of("", 0.0), "host_name"));
    panels.put("What was lost A", all(Map.of(), "stage"));
    panels.put("Overflows per second A", each(1, overflows -> overflows == 0));
    panels.put("Overflows per second B", each(1, overflows -> overflows == 0));
    panels.put("Tracked connections A", each(1, tracked -> tracked >= LossyTraffic.OPEN));
    panels.put("Series A", each(2, series -> series >= 0 && series < 1_999));
    panels.put("Ring buffer A", each(1, share -> share >= 0 && share <= 1));
    panels.put("Export queue A", each(1, share -> share >= 0 && share <= 1));
    panels.put("Spans that wait A", each(1, spans -> spans >= 0));
    panels.put("Spans per second A", each(1, rate -> rate > 0));
    panels.put("Spans per second B", each(1, rate -> rate == 0));
  }

  /** By the names of the alerts. */
  Map<String, Expectation> rules() {
    double all = LossyTraffic.ENDED;
    Map<String, Expectation> rules = new TreeMap<>();
    // An alert is about all services of the machine, not only those that take part.
    rules.put(
        "NetspanConnectionsFail",
        one(sample -> sample.label("service_name").equals(CURL), refused));
    rules.put("NetspanResets", one(lossy(), LossyTraffic.RESET / all));
    rules.put("NetspanRetransmits", one(lossy(), perMegabyte()));
    for (String silent :
        List.of(
            "NetspanLost",
            "NetspanAgentSilent",
            "NetspanAbsent",
            "NetspanBacklog",
            "NetspanNotExported",
            "NetspanOverflow")) {
      rules.put(silent, all(Map.of(), "host_name"));
    }
    return rules;
  }

  /**
   * The series of the Collector's service graph as they would be after this traffic, in place of
   * the connector, which is not in the Collector of the tests. Two samples: 0, and a second later,
   * now, all connections.
   */
  String serviceGraph(BigDecimal now) {
    BigDecimal nanos = now.movePointRight(9);
    String points =
        ended.entrySet().stream()
            .map(
                edge ->
                    point(edge.getKey(), 0, nanos.subtract(BigDecimal.valueOf(1_000_000_000)))
                        + ","
                        + point(edge.getKey(), edge.getValue(), nanos))
            .collect(Collectors.joining(","));
    return """
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "traces_service_graph_request_total",
          "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [%s]}}]}]}]}
        """
        .formatted(points);
  }

  private static String point(Edge edge, double value, BigDecimal nanos) {
    return """
        {"timeUnixNano": "%s", "asDouble": %s, "attributes": [
          {"key": "client", "value": {"stringValue": "%s"}},
          {"key": "server", "value": {"stringValue": "%s"}}]}
        """
        .formatted(nanos.toBigInteger(), value, edge.client(), edge.server());
  }

  private double of(String client) {
    return ended.entrySet().stream()
        .filter(edge -> edge.getKey().client().equals(client))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private double perMegabyte() {
    return retransmitted / (LossyTraffic.SENT / 1e6);
  }

  private static Map<String, Double> texts(Map<Edge, Double> edges) {
    Map<String, Double> texts = new TreeMap<>();
    edges.forEach((edge, value) -> texts.put(edge.client() + " " + edge.server(), value));
    return texts;
  }

  private Expectation edges(String client, String server) {
    return rates(texts(ended), client, server);
  }

  private static Predicate<Prometheus.Sample> lossy() {
    return sample ->
        sample.label("service_name").equals(LossyTraffic.CLIENT)
            && sample.label("service_peer_name").equals(LossyTraffic.SERVER);
  }

  /** Exactly these per range, by the values of the labels. */
  private static Expectation rates(Map<String, Double> counts, String... labels) {
    Map<String, Double> rates = new TreeMap<>();
    counts.forEach((text, count) -> rates.put(text, count / RANGE_SECONDS));
    return all(rates, labels);
  }

  /** Exactly these values, by the values of the labels, joined by spaces. */
  private static Expectation all(Map<String, Double> values, String... labels) {
    return (query, samples) -> compare(query, samples, values, labels);
  }

  /** The same, by client and server, and other samples are 0. */
  private static Expectation positive(Map<String, Double> values) {
    return (query, samples) ->
        compare(
            query,
            samples.stream().filter(sample -> sample.value() != 0).toList(),
            values,
            "service_name",
            "service_peer_name");
  }

  private static void compare(
      String query, List<Prometheus.Sample> samples, Map<String, Double> values, String... labels) {
    Map<String, Double> found = new TreeMap<>();
    for (Prometheus.Sample sample : samples) {
      String text = List.of(labels).stream().map(sample::label).collect(Collectors.joining(" "));
      assertThat(found.put(text, sample.value())).as("%s: %s is there once", query, text).isNull();
    }
    assertThat(found.keySet()).as(query).isEqualTo(values.keySet());
    found.forEach(
        (text, value) ->
            assertThat(value)
                .as("%s: %s", query, text)
                .isCloseTo(values.getOrDefault(text, Double.NaN), within(1e-6)));
  }

  /** One of the samples, and its value. */
  private static Expectation one(Predicate<Prometheus.Sample> which, double value) {
    return (query, samples) ->
        assertThat(samples.stream().filter(which).toList())
            .as(query)
            .singleElement()
            .satisfies(sample -> assertThat(sample.value()).isCloseTo(value, within(1e-6)));
  }

  /** So many samples, and each is such. */
  private static Expectation each(int count, DoublePredicate is) {
    return (query, samples) ->
        assertThat(samples).as(query).hasSize(count).allMatch(sample -> is.test(sample.value()));
  }

  /** A sample for each pair of services with established connections, and each is such. */
  private Expectation eachEdge(DoublePredicate is) {
    return (query, samples) -> {
      List<String> found =
          samples.stream()
              .filter(sample -> is.test(sample.value()))
              .map(sample -> sample.label("service_name") + " " + sample.label("service_peer_name"))
              .toList();
      assertThat(found).as(query).containsAll(texts(ended).keySet());
    };
  }
}
