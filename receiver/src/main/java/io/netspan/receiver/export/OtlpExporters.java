package io.netspan.receiver.export;

import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import org.jspecify.annotations.Nullable;

/**
 * Copies of the exporters that the SDK has configured. They get the keys and certificates that
 * {@link RenewedTls} reads, because the SDK reads PKCS#8 only and does not say clearly what it
 * cannot read.
 */
final class OtlpExporters {
  private OtlpExporters() {}

  /**
   * A copy of the exporter, which takes spans of sockets only. The original is left for the SDK to
   * shut down.
   *
   * @param tls null to keep what is configured
   */
  static EncodedSpanExporter copy(
      SpanExporter exporter, @Nullable RenewedTls tls, DeliverySettings delivery) {
    return new EncodedSpanExporter(delivery.build(() -> copy(exporter, tls)), delivery.counts());
  }

  private static SpanExporter copy(SpanExporter exporter, @Nullable RenewedTls tls) {
    SpanExporter copy =
        switch (exporter) {
          case OtlpGrpcSpanExporter grpc when tls != null ->
              grpc.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          case OtlpHttpSpanExporter http when tls != null ->
              http.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          case OtlpGrpcSpanExporter grpc -> grpc.toBuilder().build();
          case OtlpHttpSpanExporter http -> http.toBuilder().build();
          default -> throw notOtlp(exporter);
        };
    return copy;
  }

  /** A copy of an exporter of metrics. */
  static MetricExporter copy(
      MetricExporter exporter, @Nullable RenewedTls tls, DeliverySettings delivery) {
    return delivery.build(() -> copy(exporter, tls));
  }

  private static MetricExporter copy(MetricExporter exporter, @Nullable RenewedTls tls) {
    MetricExporter copy =
        switch (exporter) {
          case OtlpGrpcMetricExporter grpc when tls != null ->
              grpc.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          case OtlpHttpMetricExporter http when tls != null ->
              http.toBuilder().setSslContext(tls.context(), tls.trust()).build();
          case OtlpGrpcMetricExporter grpc -> grpc.toBuilder().build();
          case OtlpHttpMetricExporter http -> http.toBuilder().build();
          default -> throw notOtlp(exporter);
        };
    return copy;
  }

  private static IllegalArgumentException notOtlp(Object exporter) {
    return new IllegalArgumentException(
        "netspan exports over OTLP only, not with " + exporter.getClass().getSimpleName());
  }
}
