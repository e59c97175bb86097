package report;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Queries the HTTP interfaces of Prometheus and Jaeger. */
final class Backends {
  static final String PROMETHEUS = "http://127.0.0.1:9090";
  static final String JAEGER = "http://127.0.0.1:16686";

  private static final Duration WITHIN = Duration.ofSeconds(10);
  private static final long HOUR_MS = 3_600_000;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(WITHIN)
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();

  /** An element of a query's result; its value is NaN for a histogram. */
  record Sample(Map<String, String> labels, double value) {
    String label(String name) {
      return labels.getOrDefault(name, "");
    }
  }

  /** Two services, the first of which connects to the second. */
  record Edge(String client, String server) implements Comparable<Edge> {
    @Override
    public int compareTo(Edge other) {
      int byClient = client.compareTo(other.client);
      return byClient != 0 ? byClient : server.compareTo(other.server);
    }
  }

  /** Whether this URL answers 200. */
  boolean answers(String url) throws InterruptedException {
    try {
      get(url);
      return true;
    } catch (IOException e) {
      return false; // not yet
    }
  }

  List<Sample> query(String promql) throws IOException, InterruptedException {
    List<Sample> samples = new ArrayList<>();
    String url = PROMETHEUS + "/api/v1/query?query=";
    Object answer = Json.parse(get(url + URLEncoder.encode(promql, StandardCharsets.UTF_8)));
    for (Object one : Json.elements(Json.member(Json.member(answer, "data"), "result"))) {
      Map<String, String> labels = new TreeMap<>();
      if (Json.member(one, "metric") instanceof Map<?, ?> metric) {
        metric.forEach((name, value) -> labels.put((String) name, (String) value));
      }
      List<?> value = Json.elements(Json.member(one, "value"));
      samples.add(new Sample(labels, value.isEmpty() ? Double.NaN : number((String) value.get(1))));
    }
    return samples;
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  /** How often which service called which, as Jaeger's graph of services shows it. */
  Map<Edge, Long> dependencies() throws IOException, InterruptedException {
    Map<Edge, Long> edges = new TreeMap<>();
    long end = System.currentTimeMillis() + 1000;
    String answer = get(JAEGER + "/api/dependencies?endTs=" + end + "&lookback=" + HOUR_MS);
    for (Object one : Json.elements(Json.member(Json.parse(answer), "data"))) {
      Edge edge = new Edge((String) Json.member(one, "parent"), (String) Json.member(one, "child"));
      edges.merge(edge, ((Double) Json.member(one, "callCount")).longValue(), Long::sum);
    }
    return edges;
  }

  private String get(String url) throws IOException, InterruptedException {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create(url)).timeout(WITHIN).build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(url + " answers " + response.statusCode() + ": " + response.body());
    }
    return response.body();
  }
}
