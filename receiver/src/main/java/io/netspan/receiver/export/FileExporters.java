package io.netspan.receiver.export;

import io.netspan.config.BackendUrl;
import io.netspan.config.ClientTls;
import io.netspan.config.Setting;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.GrpcTlsModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.HttpTlsModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OtlpGrpcExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OtlpGrpcMetricExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OtlpHttpExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.OtlpHttpMetricExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.PushMetricExporterModel;
import io.opentelemetry.sdk.autoconfigure.declarativeconfig.model.SpanExporterModel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a file's exporters what the SDK would read only once: the files of TLS. The agent
 * reads them, see {@link RenewedTls}.
 */
final class FileExporters {
  private FileExporters() {}

  /** Takes the files of TLS out of the model, and reads them; empty if there are none. */
  static Optional<ClientTls> takeTls(@Nullable SpanExporterModel exporter) {
    OtlpGrpcExporterModel grpc = exporter == null ? null : exporter.getOtlpGrpc();
    if (grpc != null) {
      return takeTls(grpc.getEndpoint(), grpc.getTls());
    }
    OtlpHttpExporterModel http = exporter == null ? null : exporter.getOtlpHttp();
    return http == null ? Optional.empty() : takeTls(http.getEndpoint(), http.getTls());
  }

  /** The same for an exporter of metrics. */
  static Optional<ClientTls> takeTls(@Nullable PushMetricExporterModel exporter) {
    OtlpGrpcMetricExporterModel grpc = exporter == null ? null : exporter.getOtlpGrpc();
    if (grpc != null) {
      return takeTls(grpc.getEndpoint(), grpc.getTls());
    }
    OtlpHttpMetricExporterModel http = exporter == null ? null : exporter.getOtlpHttp();
    return http == null ? Optional.empty() : takeTls(http.getEndpoint(), http.getTls());
  }

  private static Optional<ClientTls> takeTls(
      @Nullable String endpoint, @Nullable GrpcTlsModel tls) {
    if (tls == null || !isEncrypted(endpoint)) {
      return Optional.empty();
    }
    Optional<ClientTls> read = read(tls.getCaFile(), tls.getKeyFile(), tls.getCertFile());
    tls.withCaFile(null).withKeyFile(null).withCertFile(null);
    return read;
  }

  private static Optional<ClientTls> takeTls(
      @Nullable String endpoint, @Nullable HttpTlsModel tls) {
    if (tls == null || !isEncrypted(endpoint)) {
      return Optional.empty();
    }
    Optional<ClientTls> read = read(tls.getCaFile(), tls.getKeyFile(), tls.getCertFile());
    tls.withCaFile(null).withKeyFile(null).withCertFile(null);
    return read;
  }

  private static boolean isEncrypted(@Nullable String endpoint) {
    return endpoint != null && BackendUrl.parse(endpoint).filter(BackendUrl::encrypted).isPresent();
  }

  private static Optional<ClientTls> read(
      @Nullable String authorities, @Nullable String key, @Nullable String certificate) {
    return ClientTls.of(
        setting("ca_file", authorities),
        setting("key_file", key),
        setting("cert_file", certificate));
  }

  private static @Nullable Setting setting(String name, @Nullable String value) {
    return value == null ? null : new Setting(name, value);
  }
}
