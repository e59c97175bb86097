package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.netspan.it.backend.Edge;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** What the demo's backends answered, held against what its shop's programs counted. */
final class DemoAnswers {
  /** {@code rate} goes on to the end of its range, at most one export interval. */
  private static final double EXTRAPOLATED = 0.1;

  /** A quantile is a place in a bucket, which may end above the largest value. */
  private static final double BUCKET = 1.1;

  private static final double NS = 1e-9;

  private static final Edge LOAD = new Edge("shop-load", "frontend");
  private static final Set<String> SERVICES = Set.of("shop-load", "curl", "frontend", "orders");

  private final JsonNode report;
  private final double seconds;
  private final Map<Edge, JsonNode> ledger = new TreeMap<>();

  DemoAnswers(JsonNode report) {
    this.report = report;
    this.seconds = report.path("seconds").asDouble();
    for (JsonNode line : report.path("ledger")) {
      ledger.put(edge(line), line);
    }
  }

  void check() throws IOException {
    assertThat(ledger)
        .containsKeys(
            new Edge("shop-load", "frontend"),
            new Edge("curl", "frontend"),
            new Edge("frontend", "orders"),
            new Edge("orders", "mail"));
    checkJaeger();
    List<String> documented = new ArrayList<>();
    for (JsonNode answer : report.path("answers")) {
      documented.add(answer.path("documented").asText());
      check(answer.path("question").asText(), answer);
    }
    assertThat(documented).isEqualTo(DocumentedQueries.all());
  }

  private void check(String question, JsonNode answer) {
    boolean rate = answer.path("documented").asText().contains("increase(");
    switch (question) {
      case "Who connects to whom, per second?" -> assertRates(sums(answer), all(this::ended));
      case "How many connections were there?" -> {
        if (rate) {
          assertNear(sums(answer), all(this::ended));
        } else {
          assertThat(sums(answer)).isEqualTo(all(this::ended));
        }
      }
      case "Which ones failed, and why?" -> {
        assertRates(byService(answer), services(this::refused));
        assertLabel(answer, "error_type", "connection_refused");
      }
      case "What share failed?" -> checkShare(answer);
      case "Who resets connections?" -> {
        assertRates(sums(answer), all(edge -> number(edge, "reset")));
        assertLabel(answer, "netspan_close_reason", "local_reset");
      }
      case "How long does the handshake take, for the slowest 5 %?" ->
          assertBelow(sums(answer), "connect_most_ns");
      case "What is the round-trip time?" -> assertBelow(sums(answer), "life_most_ns");
      case "How long do connections live?" -> {
        assertBelow(sums(answer), "life_most_ns");
        assertThat(sums(answer).get(LOAD)).isGreaterThan(number(LOAD, "life_least_ns") * NS);
      }
      case "How many bytes per second, in which direction?" -> checkBytes(answer);
      case "How many connections are open now?" ->
          assertThat(positive(sums(answer))).isEqualTo(all(edge -> number(edge, "open")));
      case "How many segments are retransmitted, per second?" ->
          assertThat(ours(answer)).isNotEmpty().allMatch(sample -> value(sample) >= 0);
      case "How many connections per second does each host have?" -> checkHosts(answer);
      case "Was anything lost?" ->
          assertThat(samples(answer)).isNotEmpty().allMatch(sample -> value(sample) == 0);
      case "Which agents report?" -> checkAgents(answer);
      case "What does the Collector count?" -> checkCollector(answer);
      default -> throw new AssertionError("nothing is known about the answer to: " + question);
    }
  }

  private void checkJaeger() {
    Map<Edge, Double> calls = new TreeMap<>();
    for (JsonNode line : report.path("jaeger")) {
      calls.merge(edge(line), line.path("calls").asDouble(), Double::sum);
    }
    assertThat(calls).containsAllEntriesOf(all(edge -> isPool(edge) ? 0 : established(edge)));
    ledger.keySet().stream()
        .filter(this::isPool)
        .forEach(pool -> assertThat(calls.get(pool)).isGreaterThan(established(pool)));
  }

  private void checkShare(JsonNode answer) {
    double refused = services(this::refused).getOrDefault("orders", 0.0);
    double ended = services(this::ended).getOrDefault("orders", 0.0);
    assertThat(byService(answer)).containsOnlyKeys("orders");
    assertThat(byService(answer).get("orders"))
        .isCloseTo(refused / ended, within(EXTRAPOLATED * refused / ended));
  }

  private void checkBytes(JsonNode answer) {
    Predicate<JsonNode> sent = one -> label(one, "network_io_direction").equals("transmit");
    assertRates(sums(answer, sent), all(edge -> number(edge, "sent")));
    assertRates(sums(answer, sent.negate()), all(edge -> number(edge, "received")));
  }

  private void checkHosts(JsonNode answer) {
    double all = all(this::ended).values().stream().mapToDouble(Double::doubleValue).sum();
    List<JsonNode> clients =
        samples(answer).stream()
            .filter(one -> label(one, "netspan_role").equals("client"))
            .toList();
    assertThat(clients).hasSize(1);
    assertThat(value(clients.getFirst()) * seconds).isGreaterThan(all * (1 - EXTRAPOLATED));
  }

  private void checkAgents(JsonNode answer) {
    double open = all(edge -> number(edge, "open")).values().stream().mapToDouble(one -> one).sum();
    assertThat(samples(answer)).hasSize(1);
    assertThat(value(samples(answer).getFirst())).isGreaterThanOrEqualTo(2 * open);
  }

  /** A pool's connections also give spans while they are open. */
  private void checkCollector(JsonNode answer) {
    Map<Edge, Double> failed = new TreeMap<>();
    Map<Edge, Double> served = new TreeMap<>();
    for (JsonNode one : ours(answer)) {
      Edge edge = new Edge(label(one, "service_name"), label(one, "peer_service"));
      (label(one, "error_type").isEmpty() ? served : failed).merge(edge, value(one), Double::sum);
    }
    assertThat(failed).isEqualTo(all(this::refused));
    assertThat(served)
        .containsAllEntriesOf(all(edge -> isPool(edge) ? 0 : established(edge)))
        .hasSameSizeAs(ledger);
  }

  private void assertRates(Map<?, Double> rates, Map<?, Double> counted) {
    Map<Object, Double> totals = new TreeMap<>();
    rates.forEach((key, rate) -> totals.put(key, rate * seconds));
    assertNear(totals, counted);
  }

  private static void assertNear(Map<?, Double> totals, Map<?, Double> counted) {
    assertThat(Set.copyOf(totals.keySet())).isEqualTo(Set.copyOf(counted.keySet()));
    counted.forEach(
        (key, count) ->
            assertThat(totals.get(key))
                .as("%s", key)
                .isCloseTo(count, within(EXTRAPOLATED * count)));
  }

  /**
   * Each established edge has a value, and that of the load is not above what the load measured.
   */
  private void assertBelow(Map<Edge, Double> values, String most) {
    assertThat(values).containsKey(LOAD);
    assertThat(values.values()).allMatch(value -> value > 0 && value < seconds);
    assertThat(values.get(LOAD)).isLessThan(number(LOAD, most) * NS * BUCKET);
  }

  private void assertLabel(JsonNode answer, String label, String value) {
    assertThat(ours(answer)).isNotEmpty().allMatch(one -> label(one, label).equals(value));
  }

  private double established(Edge edge) {
    return number(edge, "established");
  }

  private double refused(Edge edge) {
    return number(edge, "connection_refused");
  }

  private double ended(Edge edge) {
    return established(edge) + refused(edge);
  }

  private boolean isPool(Edge edge) {
    return number(edge, "open") > 0;
  }

  private double number(Edge edge, String what) {
    return ledger.getOrDefault(edge, report.path("nothing")).path(what).asDouble(0);
  }

  /** A count of the shop for each edge that has it. */
  private Map<Edge, Double> all(ToDoubleFunction<Edge> count) {
    Map<Edge, Double> all = new TreeMap<>();
    ledger.keySet().forEach(edge -> all.put(edge, count.applyAsDouble(edge)));
    return positive(all);
  }

  private Map<String, Double> services(ToDoubleFunction<Edge> count) {
    Map<String, Double> services = new TreeMap<>();
    all(count).forEach((edge, value) -> services.merge(edge.client(), value, Double::sum));
    return services;
  }

  private static <K> Map<K, Double> positive(Map<K, Double> values) {
    Map<K, Double> positive = new TreeMap<>(values);
    positive.values().removeIf(value -> value == 0);
    return positive;
  }

  private Map<Edge, Double> sums(JsonNode answer) {
    return sums(answer, _ -> true);
  }

  /** The shop's clients' samples by edge, what is 0 left out. */
  private Map<Edge, Double> sums(JsonNode answer, Predicate<JsonNode> which) {
    return positive(
        ours(answer).stream()
            .filter(which)
            .collect(
                Collectors.toMap(
                    one -> new Edge(label(one, "service_name"), label(one, "service_peer_name")),
                    DemoAnswers::value,
                    Double::sum,
                    TreeMap::new)));
  }

  private Map<String, Double> byService(JsonNode answer) {
    return ours(answer).stream()
        .collect(
            Collectors.toMap(
                one -> label(one, "service_name"), DemoAnswers::value, Double::sum, TreeMap::new));
  }

  /** Other programs on this machine may be clients, too, curl among them. */
  private List<JsonNode> ours(JsonNode answer) {
    return samples(answer).stream()
        .filter(one -> SERVICES.contains(label(one, "service_name")))
        .filter(one -> !label(one, "service_name").equals("curl") || isOfTheFrontend(one))
        .toList();
  }

  private static boolean isOfTheFrontend(JsonNode sample) {
    return label(sample, "service_peer_name").equals("frontend")
        || label(sample, "peer_service").equals("frontend");
  }

  private static List<JsonNode> samples(JsonNode answer) {
    List<JsonNode> samples = new ArrayList<>();
    answer.path("result").forEach(samples::add);
    return samples;
  }

  private static String label(JsonNode sample, String name) {
    return sample.path("labels").path(name).asText("");
  }

  private static double value(JsonNode sample) {
    return Double.parseDouble(sample.path("value").asText());
  }

  private static Edge edge(JsonNode line) {
    return new Edge(line.path("client").asText(), line.path("server").asText());
  }
}
