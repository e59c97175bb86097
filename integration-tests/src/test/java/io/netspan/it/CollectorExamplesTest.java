package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.it.backend.Backends;
import io.netspan.it.backend.Jaeger;
import io.netspan.it.backend.JaegerTrace;
import io.netspan.it.backend.OtelCollector;
import io.netspan.it.backend.Prometheus;
import io.netspan.it.backend.RequiresBackends;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the examples for the Collector do that choose among spans. */
@RequiresBackends
class CollectorExamplesTest {
  private static final Path EXAMPLES = Path.of("../examples/collector");

  /** A connection that failed or broke has one span that says so. */
  private static final String FAILED =
      "traces_span_metrics_calls_total{status_code=\"STATUS_CODE_ERROR\"}";

  private static final String SPAN =
      """
      {"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "%1$s"}}]},
        "scopeSpans": [{"scope": {"name": "%2$s"}, "spans": [{
          "traceId": "%3$032x", "spanId": "%3$016x", "name": "%2$s", "kind": 3,
          "startTimeUnixNano": "%4$d", "endTimeUnixNano": "%4$d"}]}]}]}
      """;

  private static final int BURST = 5_000;
  private static final int BYTES_OF_A_SPAN = 1_000;

  @RegisterExtension final Backends backends = new Backends(Ports::free);

  @TempDir private Path folder;

  @Test
  @RequiresRoot
  @RequiresProgram({"nginx", "curl", "clang", "make"})
  void tailSamplingKeepsFailedConnections() throws Exception {
    Prometheus prometheus = backends.startPrometheus();
    Jaeger jaeger = backends.startJaeger();
    Map<String, String> variables = Backends.variables(jaeger, prometheus);
    variables.put("NETSPAN_DECISION_WAIT", "2s");
    variables.put("NETSPAN_SAMPLED_PERCENT", "30");
    OtelCollector collector =
        backends.startCollector(
            variables, EXAMPLES.resolve("netspan.yaml"), EXAMPLES.resolve("tail-sampling.yaml"));
    KnownTraffic traffic = new KnownTraffic(folder);
    try (Nginx nginx = Nginx.start(folder, 1);
        AgentProcess agent =
            AgentProcess.launcher()
                .option("run", "--format", "none")
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint())
                .start()) {
      traffic.run(nginx, 1);
      assertThat(agent.stop().lost()).isEqualTo("nothing");
    }
    traffic.awaitSpanMetrics(prometheus); // They have all connections all the same.
    collector.stop(); // It decides about what it still has.

    Map<String, JaegerTrace> traces = new HashMap<>();
    traffic
        .services()
        .forEach(service -> jaeger.traces(service).forEach(trace -> traces.put(trace.id(), trace)));
    List<JaegerTrace> failed =
        traces.values().stream().filter(CollectorExamplesTest::failed).toList();
    long refused = traffic.refused().values().stream().mapToLong(Long::longValue).sum();
    assertThat(failed.stream().filter(trace -> trace.spans().size() == 1)).hasSize((int) refused);
    assertThat(failed.size()).isEqualTo((int) traffic.sum(prometheus, FAILED));
    int others = traces.size() - failed.size();
    assertThat(others).isBetween(1, (int) traffic.connections() - failed.size() - 1);
    assertThat(traces.values())
        .allMatch(trace -> failed(trace) || trace.spans().size() == 2); // whole
  }

  private static boolean failed(JaegerTrace trace) {
    return trace.spans().stream().anyMatch(span -> !span.tag("error.type").isEmpty());
  }

  /** Jaeger, as others, refuses requests over gRPC that are larger than 4 MiB. */
  @Test
  void aBurstIsSentInRequestsThatBackendsTake() throws Exception {
    Jaeger jaeger = backends.startJaeger();
    OtelCollector collector = backends.startCollector(jaeger, backends.startPrometheus());
    collector.write(burst());

    await("the whole burst")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertThat(jaeger.traces("caller"))
                    .singleElement()
                    .satisfies(trace -> assertThat(trace.spans()).hasSize(BURST)));
  }

  /** Spans of one trace in one request. */
  private static String burst() {
    long now = System.currentTimeMillis() * 1_000_000;
    String text = "x".repeat(BYTES_OF_A_SPAN);
    String spans =
        IntStream.rangeClosed(1, BURST)
            .mapToObj(
                number ->
                    """
                    {"traceId": "%032x", "spanId": "%016x", "name": "tcp 80", "kind": 3,
                     "startTimeUnixNano": "%3$d", "endTimeUnixNano": "%3$d",
                     "attributes": [{"key": "text", "value": {"stringValue": "%4$s"}}]}
                    """
                        .formatted(1, number, now, text))
            .collect(Collectors.joining(","));
    return """
        {"resourceSpans": [{
          "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "caller"}}]},
          "scopeSpans": [{"scope": {"name": "io.netspan"}, "spans": [%s]}]}]}
        """
        .formatted(spans);
  }

  @Test
  void otherScopesGoToTheApplications() throws Exception {
    Prometheus prometheus = backends.startPrometheus();
    Jaeger ours = backends.startJaeger();
    Jaeger theirs = backends.startJaeger();
    Path applications =
        Files.writeString(
            folder.resolve("theirs.yaml"),
            """
            exporters: {otlp_grpc: {endpoint: "127.0.0.1:%d", tls: {insecure: true}}}
            service: {pipelines: {traces: {receivers: [routing/netspan], exporters: [otlp_grpc]}}}
            """
                .formatted(theirs.otlpPort()));
    OtelCollector collector =
        backends.startCollector(
            Backends.variables(ours, prometheus),
            applications,
            EXAMPLES.resolve("netspan.yaml"),
            EXAMPLES.resolve("application-spans.yaml"));
    long now = System.currentTimeMillis() * 1_000_000;
    collector.write(SPAN.formatted("caller", "io.netspan", 1, now));
    collector.write(SPAN.formatted("caller", "io.netspan.other", 2, now));

    await("both spans")
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> !ours.traces("caller").isEmpty() && !theirs.traces("caller").isEmpty());
    collector.stop();
    assertThat(names(ours)).containsExactly("io.netspan");
    assertThat(names(theirs)).containsExactly("io.netspan.other");
  }

  private static List<String> names(Jaeger jaeger) {
    return jaeger.traces("caller").stream()
        .flatMap(trace -> trace.spans().stream())
        .map(span -> span.json().path("operationName").asText())
        .toList();
  }
}
