package io.netspan.it;

import io.netspan.it.truth.Observed;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A backend: keeps what it gets. Its connections do not live long, so that their ends come while
 * the agent watches.
 */
abstract sealed class Collector implements AutoCloseable permits GrpcCollector, HttpCollector {
  private final List<ExportTraceServiceRequest> traces = new CopyOnWriteArrayList<>();
  private final List<ExportMetricsServiceRequest> metrics = new CopyOnWriteArrayList<>();

  abstract int port();

  /** The value of {@code OTEL_EXPORTER_OTLP_PROTOCOL}. */
  abstract String protocol();

  final void accept(ExportTraceServiceRequest request) {
    traces.add(request);
  }

  final void accept(ExportMetricsServiceRequest request) {
    metrics.add(request);
  }

  /** All spans of connections to this port. */
  final List<ReceivedSpan> spans(int serverPort) {
    return traces.stream()
        .flatMap(Collector::spans)
        .filter(span -> span.number("server.port") == serverPort)
        .toList();
  }

  private static Stream<ReceivedSpan> spans(ExportTraceServiceRequest request) {
    return request.getResourceSpansList().stream()
        .flatMap(
            resource ->
                resource.getScopeSpansList().stream()
                    .flatMap(
                        scope ->
                            scope.getSpansList().stream()
                                .map(span -> new ReceivedSpan(resource, scope, span))));
  }

  /** How many requests with spans came. */
  final int batches() {
    return traces.size();
  }

  /** What came in these requests, in order. */
  final List<Observed> observed(int from, int to) {
    return traces.subList(from, to).stream()
        .flatMap(Collector::spans)
        .map(ReceivedSpan::observed)
        .toList();
  }

  /** How many times metrics came. */
  final int collections() {
    return metrics.size();
  }

  /** Each collection of metrics, in order. */
  final List<ReceivedMetrics> allMetrics() {
    return metrics.stream().map(one -> new ReceivedMetrics(metrics(one).toList())).toList();
  }

  /** The metrics that came last. */
  final List<Metric> latestMetrics() {
    return metrics.isEmpty() ? List.of() : metrics(metrics.getLast()).toList();
  }

  /** A text attribute of the agent's own Resource of each collection, in order; empty if absent. */
  final List<String> metricsFrom(String attribute) {
    return metrics.stream()
        .flatMap(request -> request.getResourceMetricsList().stream())
        .filter(Collector::isOfTheAgent)
        .map(
            from ->
                from.getResource().getAttributesList().stream()
                    .filter(one -> one.getKey().equals(attribute))
                    .map(one -> one.getValue().getStringValue())
                    .findFirst()
                    .orElse(""))
        .toList();
  }

  private static boolean isOfTheAgent(ResourceMetrics from) {
    return from.getScopeMetricsList().stream()
        .flatMap(scope -> scope.getMetricsList().stream())
        .anyMatch(metric -> metric.getName().equals("netspan.agent.tracked"));
  }

  /** The sides of connections to this port that were open when metrics came last. */
  final long active(int serverPort) {
    return sum("netspan.connection.active", serverPort);
  }

  /** The payload that was counted for this port until metrics came last, on both sides. */
  final long bytes(int serverPort) {
    return sum("netspan.connection.io", serverPort);
  }

  private long sum(String metricName, int serverPort) {
    return latestMetrics().stream()
        .filter(metric -> metric.getName().equals(metricName))
        .flatMap(metric -> metric.getSum().getDataPointsList().stream())
        .filter(
            point ->
                point.getAttributesList().stream()
                    .anyMatch(
                        attribute ->
                            attribute.getKey().equals("server.port")
                                && attribute.getValue().getIntValue() == serverPort))
        .mapToLong(NumberDataPoint::getAsInt)
        .sum();
  }

  /** One metric for each name; each point has the attributes of its Resource, too. */
  private static Stream<Metric> metrics(ExportMetricsServiceRequest request) {
    Map<String, Metric> byName = new LinkedHashMap<>();
    for (ResourceMetrics from : request.getResourceMetricsList()) {
      List<KeyValue> resource = from.getResource().getAttributesList();
      from.getScopeMetricsList().stream()
          .flatMap(scope -> scope.getMetricsList().stream())
          .map(metric -> MetricPoints.with(metric, resource))
          .forEach(metric -> byName.merge(metric.getName(), metric, MetricPoints::merge));
    }
    return byName.values().stream();
  }

  @Override
  public abstract void close();
}
