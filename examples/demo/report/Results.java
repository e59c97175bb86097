package report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The answers of the backends at one time, and the shop's own counts.
 *
 * @param seconds since netspan started
 * @param netspan connections by edge: {@code ended}, {@code failed}, {@code open}, {@code spans}
 * @param jaeger calls by edge
 * @param answers to the document's questions
 * @param ledger the shop's own counts
 */
record Results(
    int seconds,
    Map<Backends.Edge, Map<String, Long>> netspan,
    Map<Backends.Edge, Long> jaeger,
    Map<Question, List<Backends.Sample>> answers,
    Map<Backends.Edge, Map<String, Long>> ledger) {
  private static final String BY_EDGE = "sum by (service_name, service_peer_name) ";

  /** The Collector's count of spans, under the label of the other series. */
  private static final String SPANS =
      "(label_replace(traces_span_metrics_calls_total{span_kind=\"SPAN_KIND_CLIENT\"},"
          + " \"service_peer_name\", \"$1\", \"peer_service\", \"(.*)\"))";

  /** Queries the backends, and reads the shop's ledgers. */
  static Results ask(int seconds, Backends backends, Shop shop, List<Question> questions)
      throws IOException, InterruptedException {
    Map<Question, List<Backends.Sample>> answers = new LinkedHashMap<>();
    for (Question question : questions) {
      answers.put(question, backends.query(question.promql(seconds)));
    }
    return new Results(
        seconds, connections(backends), backends.dependencies(), answers, shop.ledger());
  }

  private static Map<Backends.Edge, Map<String, Long>> connections(Backends backends)
      throws IOException, InterruptedException {
    Map<Backends.Edge, Map<String, Long>> edges = new TreeMap<>();
    add(edges, "ended", backends, "(netspan_connections_total{netspan_role=\"client\"})");
    add(
        edges,
        "failed",
        backends,
        "(netspan_connections_total{netspan_role=\"client\", error_type!=\"\"})");
    add(edges, "open", backends, "(netspan_connection_active{netspan_role=\"client\"})");
    add(edges, "spans", backends, SPANS);
    return edges;
  }

  private static void add(
      Map<Backends.Edge, Map<String, Long>> edges, String what, Backends backends, String promql)
      throws IOException, InterruptedException {
    for (Backends.Sample sample : backends.query(BY_EDGE + promql)) {
      Backends.Edge edge =
          new Backends.Edge(sample.label("service_name"), sample.label("service_peer_name"));
      edges.computeIfAbsent(edge, _ -> new TreeMap<>()).put(what, Math.round(sample.value()));
    }
  }

  /** Whether all counts equal the shop's. */
  boolean allAgree() {
    return netspanAgrees() && collectorAgrees() && jaegerAgrees();
  }

  /** Whether netspan's counts equal the shop's. */
  boolean netspanAgrees() {
    return ledger.keySet().stream().allMatch(this::netspanAgrees);
  }

  private boolean netspanAgrees(Backends.Edge edge) {
    return netspan(edge, "ended") == counted(edge)
        && netspan(edge, "failed") == failed(edge)
        && netspan(edge, "open") == ledger(edge, "open");
  }

  /** Whether the Collector received the spans of the shop's short connections. */
  boolean collectorAgrees() {
    return ledger.keySet().stream()
        .allMatch(edge -> isPool(edge) || netspan(edge, "spans") == counted(edge));
  }

  /** Whether Jaeger has the shop's short connections. */
  boolean jaegerAgrees() {
    return ledger.keySet().stream()
        .allMatch(
            edge -> isPool(edge) || jaeger.getOrDefault(edge, 0L) == ledger(edge, "established"));
  }

  /** Whether the edge has connections that stay open, each of which gives a span for each slice. */
  private boolean isPool(Backends.Edge edge) {
    return ledger(edge, "open") > 0;
  }

  /** Ended connections of this edge, by the shop. */
  long counted(Backends.Edge edge) {
    return ledger(edge, "established") + failed(edge);
  }

  private long failed(Backends.Edge edge) {
    return ledger(edge, "connection_refused");
  }

  private long ledger(Backends.Edge edge, String what) {
    return ledger.getOrDefault(edge, Map.of()).getOrDefault(what, 0L);
  }

  long netspan(Backends.Edge edge, String what) {
    return netspan.getOrDefault(edge, Map.of()).getOrDefault(what, 0L);
  }

  /** The results as JSON. */
  String json() {
    List<String> members = new ArrayList<>();
    members.add("\"seconds\":" + seconds);
    members.add("\"netspan\":" + edges(netspan));
    members.add("\"ledger\":" + edges(ledger));
    members.add(
        jaeger.entrySet().stream()
            .map(one -> edge(one.getKey()) + ",\"calls\":" + one.getValue() + "}")
            .collect(Collectors.joining(",", "\"jaeger\":[", "]")));
    members.add(
        answers.entrySet().stream()
            .map(one -> answer(one.getKey(), one.getValue()))
            .collect(Collectors.joining(",\n", "\"answers\":[\n", "]")));
    return "{" + String.join(",\n", members) + "}\n";
  }

  private static String edge(Backends.Edge edge) {
    return "{\"client\":"
        + Json.quoted(edge.client())
        + ",\"server\":"
        + Json.quoted(edge.server());
  }

  private static String edges(Map<Backends.Edge, Map<String, Long>> edges) {
    return edges.entrySet().stream()
        .map(
            one ->
                one.getValue().entrySet().stream()
                    .map(count -> "," + Json.quoted(count.getKey()) + ":" + count.getValue())
                    .collect(Collectors.joining("", edge(one.getKey()), "}")))
        .collect(Collectors.joining(",\n", "[", "]"));
  }

  private String answer(Question question, List<Backends.Sample> samples) {
    return "{\"question\":"
        + Json.quoted(question.title())
        + ",\"documented\":"
        + Json.quoted(question.promql())
        + ",\"asked\":"
        + Json.quoted(question.promql(seconds))
        + ",\"result\":"
        + samples.stream().map(Results::sample).collect(Collectors.joining(",", "[", "]"))
        + "}";
  }

  private static String sample(Backends.Sample sample) {
    return sample.labels().entrySet().stream()
        .map(label -> Json.quoted(label.getKey()) + ":" + Json.quoted(label.getValue()))
        .collect(
            Collectors.joining(",", "{\"labels\":{", "},\"value\":\"" + sample.value() + "\"}"));
  }
}
