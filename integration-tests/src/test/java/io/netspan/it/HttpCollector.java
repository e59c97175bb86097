package io.netspan.it;

import com.google.protobuf.MessageLite;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.zip.GZIPInputStream;

/** A backend for OTLP over HTTP with protobuf. */
final class HttpCollector extends Collector {
  private final HttpServer server;

  HttpCollector() throws IOException {
    this(Ports.free());
  }

  HttpCollector(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          accept(ExportTraceServiceRequest.parseFrom(body(exchange)));
          answer(exchange, ExportTraceServiceResponse.getDefaultInstance());
        });
    server.createContext(
        "/v1/metrics",
        exchange -> {
          accept(ExportMetricsServiceRequest.parseFrom(body(exchange)));
          answer(exchange, ExportMetricsServiceResponse.getDefaultInstance());
        });
    server.start();
  }

  @Override
  int port() {
    return server.getAddress().getPort();
  }

  @Override
  String protocol() {
    return "http/protobuf";
  }

  private static byte[] body(HttpExchange exchange) throws IOException {
    InputStream in = exchange.getRequestBody();
    boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    return (zipped ? new GZIPInputStream(in) : in).readAllBytes();
  }

  private static void answer(HttpExchange exchange, MessageLite message) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
    exchange.getResponseHeaders().set("Connection", "close");
    byte[] body = message.toByteArray();
    exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
