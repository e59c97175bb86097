package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.netspan.config.env.ExporterSelection;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The exporter finds this sender by service loading, and the sender applies its configuration. */
final class GrpcJavaSenderTest {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("x-token", Metadata.ASCII_STRING_MARSHALLER);

  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private static final byte[] NOTHING = {};

  /** A partial success: five spans rejected, with the message "no". */
  static final byte[] PARTIAL = {0x0a, 6, 0x08, 5, 0x12, 2, 'n', 'o'};

  private static final RetryPolicy QUICK =
      RetryPolicy.builder()
          .setMaxAttempts(4)
          .setInitialBackoff(Duration.ofMillis(10))
          .setMaxBackoff(Duration.ofMillis(20))
          .build();

  private final TraceServer service = new TraceServer();
  private Server server = NettyServerBuilder.forPort(0).build();

  @AfterEach
  void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @Test
  void sendsWithoutTlsWithHeadersAndCompression() throws IOException {
    start(plain());
    CompletableResultCode result =
        export(exporter("http").addHeader("x-token", "s3cret").setCompression("gzip"));
    assertThat(result.isSuccess()).isTrue();
    assertThat(service.requests()).isEqualTo(1);
    assertThat(service.lastHeaders().get(TOKEN)).isEqualTo("s3cret");
    assertThat(service.lastEncoding()).isEqualTo("gzip");
  }

  @Test
  void reportsAnErrorOfTheServerAsAFailure() throws IOException {
    start(plain());
    service.answer(List.of(Status.UNAUTHENTICATED.withDescription("no token")));
    assertThat(export(exporter("http")).isSuccess()).isFalse();
    assertThat(service.requests()).isEqualTo(1);
  }

  @Test
  void retriesStatusesThatTheSpecificationCallsRetryable() throws IOException {
    start(plain());
    service.answer(List.of(Status.UNAVAILABLE, Status.ABORTED, Status.OK));
    assertThat(export(exporter("http").setRetryPolicy(QUICK)).isSuccess()).isTrue();
    assertThat(service.requests()).isEqualTo(3);
  }

  /** Without RetryInfo the request itself is too large, so a retry would not help. */
  @Test
  void doesNotRetryResourceExhaustedWithoutRetryInfo() throws IOException {
    start(plain());
    service.answer(List.of(Status.RESOURCE_EXHAUSTED));
    assertThat(export(exporter("http").setRetryPolicy(QUICK)).isSuccess()).isFalse();
    assertThat(service.requests()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "RESOURCE_EXHAUSTED"})
  void waitsForTheDelayOfRetryInfo(Status.Code code) throws IOException {
    start(plain());
    service.answer(new TraceServer.Answer(code.toStatus(), retryInfo(0, 400_000_000), NOTHING));
    assertThat(export(exporter("http").setRetryPolicy(QUICK)).isSuccess()).isTrue();
    assertThat(gaps()).singleElement().satisfies(ns -> assertThat(ns).isGreaterThan(400_000_000));
  }

  @Test
  void theDelayOfRetryInfoAlsoAppliesToTheNextRequest() throws IOException {
    start(plain());
    service.answer(new TraceServer.Answer(Status.UNAVAILABLE, retryInfo(0, 600_000_000), NOTHING));
    try (OtlpGrpcSpanExporter exporter = exporter("http").setRetryPolicy(null).build()) {
      assertThat(exporter.export(List.of()).join(20, TimeUnit.SECONDS).isSuccess()).isFalse();
      assertThat(exporter.export(List.of()).join(20, TimeUnit.SECONDS).isSuccess()).isTrue();
    }
    assertThat(gaps()).singleElement().satisfies(ns -> assertThat(ns).isGreaterThan(500_000_000));
  }

  @Test
  void doesNotSendBeforeTheDelayOfRetryInfoIsOver() throws IOException {
    start(plain());
    service.answer(new TraceServer.Answer(Status.UNAVAILABLE, retryInfo(3_600, 0), NOTHING));
    try (OtlpGrpcSpanExporter exporter = exporter("http").build()) {
      CompletableResultCode first = exporter.export(List.of());
      CompletableResultCode second = exporter.export(List.of());
      await().until(() -> service.requests() == 1);
      assertThat(exporter.shutdown().join(20, TimeUnit.SECONDS).isSuccess()).isTrue();
      assertThat(first.isDone() && second.isDone()).isTrue();
      assertThat(first.isSuccess() || second.isSuccess()).isFalse();
    }
    assertThat(service.requests()).isEqualTo(1);
  }

  @Test
  void obeysTheRetryPushbackHeaderOfGrpc() throws IOException {
    start(plain());
    Metadata never = new Metadata();
    never.put(PUSHBACK, "-1");
    service.answer(new TraceServer.Answer(Status.UNAVAILABLE, never, NOTHING));
    assertThat(export(exporter("http").setRetryPolicy(QUICK)).isSuccess()).isFalse();
    assertThat(service.requests()).isEqualTo(1);
  }

  @Test
  void reportsThePartialSuccessOfTheServer() throws IOException {
    start(plain());
    service.answer(new TraceServer.Answer(Status.OK, new Metadata(), PARTIAL));
    Receipt receipt = new Receipt();
    try (OtlpGrpcSpanExporter exporter = exporter("http").build()) {
      CompletableResultCode result = receipt.of(() -> exporter.export(List.of()));
      assertThat(result.join(20, TimeUnit.SECONDS).isSuccess()).isTrue();
    }
    assertThat(receipt.rejected()).isEqualTo(5);
    assertThat(receipt.message()).isEqualTo("no");
  }

  @ParameterizedTest
  @ValueSource(strings = {LocalNames.UNDERSCORE, LocalNames.DIGIT})
  void sendsToHostNamesThatUriDoesNotAccept(String host) throws IOException {
    start(plain());
    String url =
        new ExporterSelection(
                Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + host + ":" + server.getPort()))
            .overrides()
            .get("otel.exporter.otlp.endpoint");
    assertThat(export(OtlpGrpcSpanExporter.builder().setEndpoint(url)).isSuccess()).isTrue();
    assertThat(service.requests()).isEqualTo(1);
  }

  private List<Long> gaps() {
    List<Long> gaps = new ArrayList<>();
    List<TraceServer.Request> all = service.received();
    for (int i = 1; i < all.size(); i++) {
      gaps.add(all.get(i).ns() - all.get(i - 1).ns());
    }
    return gaps;
  }

  /** A hand-coded {@code google.rpc.Status} with an {@code Any} of {@code RetryInfo}. */
  static Metadata retryInfo(int seconds, int nanos) {
    byte[] duration = concat(field(1, seconds), field(2, nanos));
    byte[] any =
        concat(
            field(1, "type.googleapis.com/google.rpc.RetryInfo".getBytes(StandardCharsets.UTF_8)),
            field(2, field(1, duration)));
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
        concat(field(1, 14), field(3, any)));
    return trailers;
  }

  private static byte[] field(int number, byte[] content) {
    return concat(concat(new byte[] {(byte) (number << 3 | 2)}, varint(content.length)), content);
  }

  private static byte[] field(int number, int value) {
    return concat(new byte[] {(byte) (number << 3)}, varint(value));
  }

  private static byte[] varint(int value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int rest = value;
    while (rest > 0x7f) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
    return out.toByteArray();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @Test
  void failsWithoutAServer() throws IOException {
    start(plain());
    OtlpGrpcSpanExporterBuilder exporter = exporter("http").setRetryPolicy(null);
    server.shutdownNow();
    assertThat(export(exporter).isSuccess()).isFalse();
  }

  @Test
  void trustsTheConfiguredCertificateAndPresentsTheClientCertificate(@TempDir Path directory)
      throws Exception {
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
        .as("export without the trusted certificate")
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
