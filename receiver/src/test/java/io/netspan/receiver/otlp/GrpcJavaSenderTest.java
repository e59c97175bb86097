package io.netspan.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The exporter finds this sender by itself, and it does what the exporter was configured for. */
final class GrpcJavaSenderTest {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("x-token", Metadata.ASCII_STRING_MARSHALLER);

  private final TraceServer service = new TraceServer();
  private Server server = NettyServerBuilder.forPort(0).build();

  @AfterEach
  void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @Test
  void sendsInPlainWithHeadersAndCompression() throws IOException {
    start(plain());
    CompletableResultCode result =
        export(exporter("http").addHeader("x-token", "s3cret").setCompression("gzip"));
    assertThat(result.isSuccess()).isTrue();
    assertThat(service.requests()).isEqualTo(1);
    assertThat(service.lastHeaders().get(TOKEN)).isEqualTo("s3cret");
    assertThat(service.lastEncoding()).isEqualTo("gzip");
  }

  @Test
  void tellsTheServersRefusal() throws IOException {
    start(plain());
    service.answer(List.of(Status.UNAUTHENTICATED.withDescription("no token")));
    assertThat(export(exporter("http")).isSuccess()).isFalse();
    assertThat(service.requests()).isEqualTo(1);
  }

  @Test
  void triesAgainWhatTheSpecificationCallsRetryable() throws IOException {
    start(plain());
    service.answer(List.of(Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED, Status.OK));
    RetryPolicy quick =
        RetryPolicy.builder()
            .setMaxAttempts(4)
            .setInitialBackoff(Duration.ofMillis(10))
            .setMaxBackoff(Duration.ofMillis(20))
            .build();
    assertThat(export(exporter("http").setRetryPolicy(quick)).isSuccess()).isTrue();
    assertThat(service.requests()).isEqualTo(3);
  }

  @Test
  void failsWhereNobodyListens() throws IOException {
    start(plain());
    OtlpGrpcSpanExporterBuilder exporter = exporter("http").setRetryPolicy(null);
    server.shutdownNow();
    assertThat(export(exporter).isSuccess()).isFalse();
  }

  @Test
  void trustsTheConfiguredCertificateAndShowsItsOwn(@TempDir Path directory) throws Exception {
    KeyPairFiles serverKey = KeyPairFiles.generate(directory, "server");
    KeyPairFiles clientKey = KeyPairFiles.generate(directory, "client");
    start(
        NettyServerBuilder.forAddress(loopback())
            .sslContext(
                GrpcSslContexts.forServer(
                        serverKey.certificate().toFile(), serverKey.privateKey().toFile())
                    .trustManager(clientKey.certificate().toFile())
                    .clientAuth(ClientAuth.REQUIRE)
                    .build()));
    assertThat(
            export(
                    exporter("https")
                        .setTrustedCertificates(Files.readAllBytes(serverKey.certificate()))
                        .setClientTls(
                            Files.readAllBytes(clientKey.privateKey()),
                            Files.readAllBytes(clientKey.certificate())))
                .isSuccess())
        .isTrue();
    assertThat(export(exporter("https").setRetryPolicy(null)).isSuccess())
        .as("without trust")
        .isFalse();
    assertThat(service.requests()).isEqualTo(1);
  }

  private void start(NettyServerBuilder builder) throws IOException {
    server = builder.intercept(service.recorder()).addService(service.definition()).build().start();
  }

  private static NettyServerBuilder plain() {
    return NettyServerBuilder.forAddress(loopback());
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private OtlpGrpcSpanExporterBuilder exporter(String scheme) {
    return OtlpGrpcSpanExporter.builder()
        .setEndpoint(scheme + "://localhost:" + server.getPort())
        .setTimeout(Duration.ofSeconds(10));
  }

  private static CompletableResultCode export(OtlpGrpcSpanExporterBuilder builder) {
    try (OtlpGrpcSpanExporter exporter = builder.build()) {
      return exporter.export(List.of()).join(20, TimeUnit.SECONDS);
    }
  }
}
