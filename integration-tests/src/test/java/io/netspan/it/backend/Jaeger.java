package io.netspan.it.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A running Jaeger. */
public record Jaeger(int otlpPort, int apiPort) {
  private static final int MOST_TRACES = 10_000;
  private static final long HOUR_MS = 3_600_000;

  static String configuration(int otlp, int api, int grpcApi, int health) {
    return """
        extensions:
          healthcheckv2:
            use_v2: true
            http: {endpoint: "127.0.0.1:%d"}
          jaeger_storage:
            backends:
              memory: {memory: {max_traces: 100000}}
          jaeger_query:
            storage: {traces: memory}
            enable_tracing: false
            http: {endpoint: "127.0.0.1:%d"}
            grpc: {endpoint: "127.0.0.1:%d"}
        receivers:
          otlp:
            protocols:
              grpc: {endpoint: "127.0.0.1:%d"}
        exporters:
          jaeger_storage_exporter: {trace_storage: memory}
        service:
          extensions: [healthcheckv2, jaeger_storage, jaeger_query]
          pipelines:
            traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
          telemetry:
            metrics: {level: none}
            logs: {level: warn}
        """
        .formatted(health, api, grpcApi, otlp);
  }

  /** Where it takes OTLP over gRPC. */
  public String endpoint() {
    return "http://127.0.0.1:" + otlpPort;
  }

  /** All traces with a span of this service. */
  public List<JaegerTrace> traces(String service) {
    JsonNode answer =
        ask("/api/traces?service=" + Http.encode(service) + "&lookback=1h&limit=" + MOST_TRACES);
    List<JaegerTrace> traces = new ArrayList<>();
    answer.forEach(trace -> traces.add(new JaegerTrace(trace)));
    return traces;
  }

  /** How often which of these services called which, as Jaeger's graph of services shows it. */
  public Map<Edge, Long> dependencies(Set<String> services) {
    long end = System.currentTimeMillis() + 1000;
    Map<Edge, Long> edges = new TreeMap<>();
    for (JsonNode one : ask("/api/dependencies?endTs=" + end + "&lookback=" + HOUR_MS)) {
      Edge edge = new Edge(one.path("parent").asText(), one.path("child").asText());
      if (services.contains(edge.client()) || services.contains(edge.server())) {
        edges.merge(edge, one.path("callCount").longValue(), Long::sum);
      }
    }
    return edges;
  }

  private JsonNode ask(String path) {
    JsonNode answer = Http.json(Backends.http(apiPort, path));
    if (!answer.path("data").isArray()) {
      throw new AssertionError(path + ": " + answer);
    }
    return answer.path("data");
  }
}
