package io.netspan.receiver.export;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** OTLP's metrics service over HTTP. */
final class MetricServer implements AutoCloseable {
  private final HttpServer http;
  private final List<ExportMetricsServiceRequest> requests = new CopyOnWriteArrayList<>();

  MetricServer() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/", this::take);
    http.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    requests.add(ExportMetricsServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes()));
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  String url() {
    return "http://127.0.0.1:" + http.getAddress().getPort() + "/v1/metrics";
  }

  int requests() {
    return requests.size();
  }

  /** The metrics of this name in all requests, with the attributes of their Resources. */
  void forEach(String name, BiConsumer<List<KeyValue>, Metric> action) {
    for (ExportMetricsServiceRequest request : requests) {
      for (ResourceMetrics of : request.getResourceMetricsList()) {
        of.getScopeMetricsList().stream()
            .flatMap(scope -> scope.getMetricsList().stream())
            .filter(metric -> metric.getName().equals(name))
            .forEach(metric -> action.accept(of.getResource().getAttributesList(), metric));
      }
    }
  }

  List<Metric> metrics(String name) {
    List<Metric> all = new ArrayList<>();
    forEach(name, (_, metric) -> all.add(metric));
    return all;
  }

  /** The values of a counter, in the order of the requests: service, attributes and value. */
  List<String> sums(String name) {
    List<String> all = new ArrayList<>();
    forEach(
        name,
        (resource, metric) ->
            metric
                .getSum()
                .getDataPointsList()
                .forEach(
                    point ->
                        all.add(
                            value(resource, "service.name")
                                + " "
                                + text(point.getAttributesList())
                                + " "
                                + point.getAsInt())));
    return all;
  }

  private static String value(List<KeyValue> attributes, String key) {
    return attributes.stream()
        .filter(each -> each.getKey().equals(key))
        .map(each -> each.getValue().getStringValue())
        .findFirst()
        .orElse("-");
  }

  private static Map<String, String> text(List<KeyValue> attributes) {
    Map<String, String> sorted = new TreeMap<>();
    attributes.forEach(
        each ->
            sorted.put(
                each.getKey(),
                switch (each.getValue().getValueCase()) {
                  case INT_VALUE -> Long.toString(each.getValue().getIntValue());
                  case BOOL_VALUE -> Boolean.toString(each.getValue().getBoolValue());
                  default -> each.getValue().getStringValue();
                }));
    return sorted;
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
