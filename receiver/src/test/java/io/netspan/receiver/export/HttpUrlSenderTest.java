package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netspan.config.env.ExporterSelection;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The exporter finds this sender by service loading, and the sender applies its configuration. */
final class HttpUrlSenderTest {
  private static final RetryPolicy QUICK =
      RetryPolicy.builder()
          .setMaxAttempts(4)
          .setInitialBackoff(Duration.ofMillis(10))
          .setMaxBackoff(Duration.ofMillis(20))
          .build();

  @SuppressWarnings("ArrayRecordComponent")
  private record Answer(int status, String retryAfter, byte[] body) {
    static Answer of(int status) {
      return new Answer(status, "", new byte[0]);
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Request(String host, String token, String encoding, byte[] body, long ns) {}

  private final Queue<Answer> answers = new ArrayDeque<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  HttpUrlSenderTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void start() {
    server.createContext("/v1/traces", this::handle);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    requests.add(
        new Request(
            exchange.getRequestHeaders().getFirst("Host"),
            String.valueOf(exchange.getRequestHeaders().getFirst("x-token")),
            String.valueOf(exchange.getRequestHeaders().getFirst("Content-Encoding")),
            exchange.getRequestBody().readAllBytes(),
            System.nanoTime()));
    Answer answer = answers.isEmpty() ? Answer.of(200) : answers.remove();
    if (!answer.retryAfter().isEmpty()) {
      exchange.getResponseHeaders().add("Retry-After", answer.retryAfter());
    }
    exchange.sendResponseHeaders(
        answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
    exchange.getResponseBody().write(answer.body());
    exchange.close();
  }

  private OtlpHttpSpanExporterBuilder exporter() {
    return OtlpHttpSpanExporter.builder()
        .setEndpoint("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces")
        .setRetryPolicy(QUICK)
        .setTimeout(Duration.ofSeconds(10));
  }

  private static CompletableResultCode export(OtlpHttpSpanExporterBuilder builder) {
    try (OtlpHttpSpanExporter exporter = builder.build()) {
      return exporter.export(List.of()).join(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void sendsHeadersAndACompressedBody() throws IOException {
    assertThat(
            export(exporter().addHeader("x-token", "dXNl+jpw/A==").setCompression("gzip"))
                .isSuccess())
        .isTrue();
    Request request = requests.getFirst();
    assertThat(request.token()).isEqualTo("dXNl+jpw/A==");
    assertThat(request.encoding()).isEqualTo("gzip");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(request.body())).readAllBytes())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 502, 503, 504})
  void retriesStatusesThatTheSpecificationCallsRetryable(int status) {
    answers.addAll(List.of(Answer.of(status), Answer.of(status)));
    assertThat(export(exporter()).isSuccess()).isTrue();
    assertThat(requests).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 400, 401, 404, 407, 413, 500})
  void doesNotRetryOtherStatuses(int status) {
    answers.add(Answer.of(status));
    assertThat(export(exporter()).isSuccess()).isFalse();
    assertThat(requests).hasSize(1);
  }

  @Test
  void waitsForTheDelayOfRetryAfter() {
    answers.add(new Answer(503, "1", new byte[0]));
    assertThat(export(exporter()).isSuccess()).isTrue();
    assertThat(requests.get(1).ns() - requests.get(0).ns()).isGreaterThan(1_000_000_000);
  }

  @Test
  void retryAfterMayBeADate() {
    ZonedDateTime then = ZonedDateTime.now(ZoneOffset.UTC).plusHours(1);
    answers.add(new Answer(429, then.format(DateTimeFormatter.RFC_1123_DATE_TIME), new byte[0]));
    try (OtlpHttpSpanExporter exporter = exporter().build()) {
      CompletableResultCode result = exporter.export(List.of());
      await().until(() -> requests.size() == 1);
      assertThat(exporter.shutdown().join(20, TimeUnit.SECONDS).isSuccess()).isTrue();
      assertThat(result.isDone()).isTrue();
      assertThat(result.isSuccess()).isFalse();
    }
    assertThat(requests).hasSize(1);
  }

  @Test
  void reportsThePartialSuccessOfTheServer() {
    answers.add(new Answer(200, "", GrpcJavaSenderTest.PARTIAL));
    Receipt receipt = new Receipt();
    try (OtlpHttpSpanExporter exporter = exporter().build()) {
      CompletableResultCode result = receipt.of(() -> exporter.export(List.of()));
      assertThat(result.join(20, TimeUnit.SECONDS).isSuccess()).isTrue();
    }
    assertThat(receipt.rejected()).isEqualTo(5);
    assertThat(receipt.message()).isEqualTo("no");
  }

  @ParameterizedTest
  @ValueSource(strings = {LocalNames.UNDERSCORE, LocalNames.DIGIT})
  void sendsToHostNamesThatUriDoesNotAccept(String host) {
    int port = server.getAddress().getPort();
    String url =
        new ExporterSelection(
                Map.of(
                    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                    "http/protobuf",
                    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                    "http://" + host + ":" + port + "/v1/traces"))
            .overrides()
            .get("otel.exporter.otlp.traces.endpoint");
    assertThat(export(exporter().setEndpoint(url)).isSuccess()).isTrue();
    assertThat(requests).extracting(Request::host).containsExactly(host + ":" + port);
  }

  @Test
  void aSilentServerIsAwaitedUntilTheConfiguredTimeout() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      long began = System.nanoTime();
      CompletableResultCode result =
          export(
              exporter()
                  .setEndpoint("http://127.0.0.1:" + silent.getLocalPort() + "/v1/traces")
                  .setRetryPolicy(null)
                  .setTimeout(Duration.ofMillis(500)));
      assertThat(result.isSuccess()).isFalse();
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }
  }
}
