package io.netspan.it;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPInputStream;

/** A backend for spans over OTLP/HTTP that only counts them. */
final class SpanCount implements AutoCloseable {
  private final AtomicLong spans = new AtomicLong();
  private final HttpServer server;

  SpanCount(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          InputStream body = exchange.getRequestBody();
          boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
          InputStream in = zipped ? new GZIPInputStream(body) : body;
          spans.addAndGet(count(ExportTraceServiceRequest.parseFrom(in)));
          exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  private static long count(ExportTraceServiceRequest request) {
    long all = 0;
    for (ResourceSpans resource : request.getResourceSpansList()) {
      for (ScopeSpans scope : resource.getScopeSpansList()) {
        all += scope.getSpansCount();
      }
    }
    return all;
  }

  long spans() {
    return spans.get();
  }

  /** Answers what it has received before it is gone, so that nothing is sent again. */
  @Override
  public void close() {
    server.stop(1);
  }
}
