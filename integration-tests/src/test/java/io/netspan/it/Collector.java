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
 * A backend that keeps what it receives. It closes its connections after a short time, so that
 * their ends fall into the time in which the agent traces.
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

  /** Returns all spans of connections to this port. */
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

  /** Returns the number of requests with spans. */
  final int batches() {
    return traces.size();
  }

  /** Returns the spans of these requests, in order. */
  final List<Observed> observed(int from, int to) {
    return traces.subList(from, to).stream()
        .flatMap(Collector::spans)
        .map(ReceivedSpan::observed)
        .toList();
  }

  /** Returns the number of metric collections. */
  final int collections() {
    return metrics.size();
  }

  /** Returns the collections of metrics, in order. */
  final List<ReceivedMetrics> allMetrics() {
    return metrics.stream().map(one -> new ReceivedMetrics(metrics(one).toList())).toList();
  }

  /** Returns the latest metrics. */
  final List<Metric> latestMetrics() {
    return metrics.isEmpty() ? List.of() : metrics(metrics.getLast()).toList();
  }

  /** Returns a text attribute of the agent's Resource for each collection; empty if absent. */
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

  /** Returns the open sides of connections to this port in the latest metrics. */
  final long active(int serverPort) {
    return sum("netspan.connection.active", serverPort);
  }

  /** Returns the sides of connections to this port that were counted in the latest metrics. */
  final long connections(int serverPort) {
    return sum("netspan.connections", serverPort);
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

  /** Merges metrics of the same name; each point also has the attributes of its Resource. */
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
