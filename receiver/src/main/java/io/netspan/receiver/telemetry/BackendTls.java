package io.netspan.receiver.telemetry;

import io.netspan.config.ClientTls;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.export.SpanExporter;

/**
 * Gives the SDK's exporters the keys and certificates that {@link ClientTls} has read: the SDK
 * would read PKCS#8 only, and says little of what it cannot read.
 */
final class BackendTls {
  private BackendTls() {}

  /** The same exporter with TLS; the given one is shut down. */
  static SpanExporter with(ClientTls tls, SpanExporter exporter) {
    SpanExporter encrypted =
        switch (exporter) {
          case OtlpGrpcSpanExporter grpc ->
              grpc.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          case OtlpHttpSpanExporter http ->
              http.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          default -> throw new IllegalStateException("an exporter without TLS: " + exporter);
        };
    exporter.shutdown();
    return encrypted;
  }

  /** The same of metrics. */
  static MetricExporter with(ClientTls tls, MetricExporter exporter) {
    MetricExporter encrypted =
        switch (exporter) {
          case OtlpGrpcMetricExporter grpc ->
              grpc.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          case OtlpHttpMetricExporter http ->
              http.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          default -> throw new IllegalStateException("an exporter without TLS: " + exporter);
        };
    exporter.shutdown();
    return encrypted;
  }
}
