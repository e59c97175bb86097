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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Prepares the exporters of a file for the SDK. It would read the files of TLS only once, so they
 * are taken out of the model, and the agent reads them, see {@link RenewedTls}. Endpoints of which
 * the SDK does not know the host get a stand-in, see {@link BackendUrl}.
 */
final class FileExporters {
  private FileExporters() {}

  /** Prepares an exporter of spans, and reads its files of TLS; empty if there are none. */
  static Optional<ClientTls> prepare(@Nullable SpanExporterModel exporter) {
    OtlpGrpcExporterModel grpc = exporter == null ? null : exporter.getOtlpGrpc();
    if (grpc != null) {
      rewrite(grpc.getEndpoint(), "", grpc::withEndpoint);
      return takeTls(grpc.getEndpoint(), grpc.getTls());
    }
    OtlpHttpExporterModel http = exporter == null ? null : exporter.getOtlpHttp();
    if (http == null) {
      return Optional.empty();
    }
    rewrite(http.getEndpoint(), "/v1/traces", http::withEndpoint);
    return takeTls(http.getEndpoint(), http.getTls());
  }

  /** The same for an exporter of metrics. */
  static Optional<ClientTls> prepare(@Nullable PushMetricExporterModel exporter) {
    OtlpGrpcMetricExporterModel grpc = exporter == null ? null : exporter.getOtlpGrpc();
    if (grpc != null) {
      rewrite(grpc.getEndpoint(), "", grpc::withEndpoint);
      return takeTls(grpc.getEndpoint(), grpc.getTls());
    }
    OtlpHttpMetricExporterModel http = exporter == null ? null : exporter.getOtlpHttp();
    if (http == null) {
      return Optional.empty();
    }
    rewrite(http.getEndpoint(), "/v1/metrics", http::withEndpoint);
    return takeTls(http.getEndpoint(), http.getTls());
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

  /**
   * Sets the endpoint in the form that the SDK takes.
   *
   * @param path what a unix socket's URL lacks over HTTP
   */
  private static void rewrite(@Nullable String endpoint, String path, Consumer<String> set) {
    BackendUrl url = endpoint == null ? null : BackendUrl.parse(endpoint).orElse(null);
    if (url != null) {
      set.accept(url.forTheSdk() + (url.socket().isPresent() ? path : ""));
    }
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
