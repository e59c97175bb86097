package io.netspan.it.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A running Prometheus. */
public record Prometheus(int port) {

  /** One element of a query's result; NaN stands for a histogram. */
  public record Sample(Map<String, String> labels, double value) {
    public String label(String name) {
      return labels.getOrDefault(name, "");
    }
  }

  /** What exporters take as the endpoint of OTLP, without the path of the signal. */
  public URI otlpEndpoint() {
    return Backends.http(port, "/api/v1/otlp");
  }

  /**
   * The result of a query now. A warning or a note of Prometheus, such as that a rate is taken of
   * what is no counter, is an error.
   */
  public List<Sample> query(String promql) {
    return queryAt(promql, "");
  }

  /** The same at a time, in seconds of Unix time. */
  public List<Sample> query(String promql, BigDecimal time) {
    return queryAt(promql, "&time=" + time.toPlainString());
  }

  private List<Sample> queryAt(String promql, String time) {
    JsonNode answer =
        Http.json(Backends.http(port, "/api/v1/query?query=" + Http.encode(promql) + time));
    if (!answer.path("status").asText().equals("success")
        || answer.has("warnings")
        || answer.has("infos")) {
      throw new AssertionError(promql + ": " + answer);
    }
    List<Sample> samples = new ArrayList<>();
    for (JsonNode one : answer.path("data").path("result")) {
      Map<String, String> labels = new TreeMap<>();
      one.path("metric").properties().forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
      String value = one.path("value").path(1).asText("NaN");
      samples.add(
          new Sample(labels, value.endsWith("Inf") ? Double.NaN : Double.parseDouble(value)));
    }
    return samples;
  }

  /** The result of a query, by the values of two labels. */
  public Map<Edge, Long> counts(String promql, String clientLabel, String serverLabel) {
    Map<Edge, Long> counts = new TreeMap<>();
    for (Sample sample : query(promql)) {
      Edge edge = new Edge(sample.label(clientLabel), sample.label(serverLabel));
      if (counts.put(edge, exact(sample)) != null) {
        throw new AssertionError(promql + " has " + edge + " twice");
      }
    }
    return counts;
  }

  /** The time of the last sample of a metric, in seconds of Unix time. */
  public BigDecimal lastSample(String metric) {
    String query = "/api/v1/query?query=" + Http.encode("max(timestamp(" + metric + "))");
    JsonNode result = Http.json(Backends.http(port, query)).path("data").path("result");
    return new BigDecimal(result.path(0).path("value").path(1).asText());
  }

  /** The expressions of the alerting rules that are loaded, by name. */
  public Map<String, String> alertingRules() {
    Map<String, String> rules = new TreeMap<>();
    JsonNode data = Http.json(Backends.http(port, "/api/v1/rules?type=alert")).path("data");
    for (JsonNode group : data.path("groups")) {
      group
          .path("rules")
          .forEach(rule -> rules.put(rule.path("name").asText(), rule.path("query").asText()));
    }
    return rules;
  }

  /** Sends metrics by OTLP, as JSON. */
  public void write(String otlp) {
    Http.post(Backends.http(port, "/api/v1/otlp/v1/metrics"), otlp);
  }

  /** The labels of the alerts that fire. */
  public List<Map<String, String>> firing() {
    List<Map<String, String>> firing = new ArrayList<>();
    JsonNode alerts = Http.json(Backends.http(port, "/api/v1/alerts")).path("data").path("alerts");
    for (JsonNode alert : alerts) {
      if (alert.path("state").asText().equals("firing")) {
        Map<String, String> labels = new TreeMap<>();
        alert
            .path("labels")
            .properties()
            .forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
        firing.add(labels);
      }
    }
    return firing;
  }

  private static long exact(Sample sample) {
    long value = Math.round(sample.value());
    if (value != sample.value()) {
      throw new AssertionError("not a whole number: " + sample);
    }
    return value;
  }
}
