package io.netspan.receiver.export;

import io.netspan.config.BackendUrl;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.HttpResponse;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sends one kind of export requests over HTTP/1.1. It uses {@link HttpURLConnection}, since {@link
 * java.net.http.HttpClient} accepts only host names that {@link URI} can parse, see {@link
 * BackendUrl}. May be used by any thread.
 */
final class HttpUrlSender implements HttpSender {
  /** The status codes that the OTLP specification calls retryable. */
  private static final Set<Integer> RETRYABLE = Set.of(429, 502, 503, 504);

  private final URL url;
  private final @Nullable UnixHttp unix;
  private final String contentType;
  private final @Nullable Compressor compressor;
  private final Duration connectTimeout;
  private final Supplier<Map<String, List<String>>> headers;
  private final @Nullable SSLSocketFactory sockets;
  private final int largestBody;
  private final Deliveries<HttpResponse> deliveries;

  HttpUrlSender(HttpSenderConfig config) {
    URI endpoint = config.getEndpoint();
    largestBody = (int) Math.min(config.getMaxResponseBodySize(), Integer.MAX_VALUE - 8);
    Path socket = BackendUrl.socket(endpoint).orElse(null);
    unix = socket == null ? null : new UnixHttp(socket, endpoint.getRawPath(), largestBody);
    url = url(endpoint);
    contentType = config.getContentType();
    compressor = config.getCompressor();
    connectTimeout = config.getConnectTimeout();
    headers = config.getHeadersSupplier();
    SSLContext context = config.getSslContext();
    // One factory for all requests, since the JDK keeps connections for reuse per factory.
    sockets = context == null ? null : context.getSocketFactory();
    deliveries =
        new Deliveries<>(
            DeliverySettings.current(),
            socket == null ? url.toString() : "unix://" + socket,
            config.getTimeout(),
            config.getRetryPolicy(),
            unix == null ? this::attempt : this::attemptOverSocket);
  }

  private static URL url(URI endpoint) {
    String port = endpoint.getPort() < 0 ? "" : ":" + endpoint.getPort();
    String path = endpoint.getRawPath() == null ? "" : endpoint.getRawPath();
    try {
      return URL.of(
          URI.create(endpoint.getScheme() + "://" + BackendUrl.host(endpoint) + port + path), null);
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("no URL: " + endpoint, e);
    }
  }

  @Override
  public void send(
      MessageWriter message, Consumer<HttpResponse> onResponse, Consumer<Throwable> onError) {
    Receipt receipt = Receipt.current();
    byte[] body;
    try {
      body = RequestBody.of(message, compressor);
    } catch (IOException e) {
      onError.accept(e);
      return;
    }
    deliveries.start(
        new WaitingRequest<>(
            body,
            /* packable= */ compressor == null,
            receipt,
            response -> {
              if (isSuccess(response.getStatusCode())) {
                receipt.fill(PartialSuccess.of(response.getResponseBody()));
              }
              onResponse.accept(response);
            },
            onError));
  }

  private static boolean isSuccess(int status) {
    return status >= 200 && status < 300;
  }

  private Outcome<HttpResponse> attempt(byte[] body, Duration within) {
    HttpURLConnection connection;
    try {
      connection = open(body, within);
    } catch (IOException e) {
      return Outcome.failed(e, true);
    }
    // The read timeout applies to each read, not to the whole answer.
    Executor later =
        CompletableFuture.delayedExecutor(within.toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
    CompletableFuture<Void> watch = CompletableFuture.runAsync(connection::disconnect, later);
    try {
      write(connection, body);
      return answer(connection);
    } catch (HttpRetryException e) {
      // A server or a proxy asks for a password: the JDK would repeat a buffered request, but this
      // one is streamed.
      return Outcome.refused(
          new Response(e.responseCode(), String.valueOf(e.getReason()), new byte[0]),
          e.responseCode() + " " + e.getReason(),
          false,
          Optional.empty());
    } catch (IOException e) {
      // Certificates, too, may be in order later: they are replaced while both sides run.
      return Outcome.failed(e, true);
    } finally {
      watch.cancel(false);
    }
  }

  private Outcome<HttpResponse> attemptOverSocket(byte[] body, Duration within) {
    Map<String, List<String>> all = new LinkedHashMap<>();
    Map<String, List<String>> configured = headers.get();
    if (configured != null) {
      all.putAll(configured);
    }
    all.put("Content-Type", List.of(contentType));
    if (compressor != null) {
      all.put("Content-Encoding", List.of(compressor.getEncoding()));
    }
    try {
      UnixHttp.Answer answer = Objects.requireNonNull(unix).post(all, body, within);
      return outcome(
          new Response(answer.status(), answer.reason(), answer.body()),
          answer.header("retry-after").orElse(null));
    } catch (IOException e) {
      return Outcome.failed(e, true);
    }
  }

  private static void write(HttpURLConnection connection, byte[] body) throws IOException {
    try (OutputStream out = connection.getOutputStream()) {
      out.write(body);
    }
  }

  private HttpURLConnection open(byte[] body, Duration within) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    if (connection instanceof HttpsURLConnection encrypted && sockets != null) {
      encrypted.setSSLSocketFactory(sockets);
    }
    connection.setConnectTimeout(
        millis(within.compareTo(connectTimeout) < 0 ? within : connectTimeout));
    connection.setReadTimeout(millis(within));
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setDoOutput(true);
    connection.setRequestMethod("POST");
    // With a fixed length, the JDK does not resend a request.
    connection.setFixedLengthStreamingMode(body.length);
    Map<String, List<String>> configured = headers.get();
    if (configured != null) {
      configured.forEach(
          (name, values) -> values.forEach(value -> connection.addRequestProperty(name, value)));
    }
    connection.setRequestProperty("Content-Type", contentType);
    if (compressor != null) {
      connection.setRequestProperty("Content-Encoding", compressor.getEncoding());
    }
    return connection;
  }

  /** At least 1, because 0 would mean no timeout. */
  private static int millis(Duration duration) {
    return Math.clamp(duration.toMillis(), 1, Integer.MAX_VALUE);
  }

  private Outcome<HttpResponse> answer(HttpURLConnection connection) throws IOException {
    int status = connection.getResponseCode();
    if (status < 0) {
      throw new IOException("the answer is not HTTP");
    }
    String reason = connection.getResponseMessage();
    Response response =
        new Response(status, reason == null ? "" : reason, body(connection, status));
    return outcome(response, connection.getHeaderField("Retry-After"));
  }

  private static Outcome<HttpResponse> outcome(Response response, @Nullable String retryAfter) {
    int status = response.getStatusCode();
    if (isSuccess(status)) {
      return Outcome.accepted(response);
    }
    boolean again = RETRYABLE.contains(status);
    String after = again ? retryAfter : null;
    return Outcome.refused(
        response,
        status + " " + response.getStatusMessage() + detail(response.getResponseBody()),
        again,
        after == null ? Optional.empty() : RetryDelay.retryAfter(after, Instant.now()));
  }

  /** What the backend says about the reason: a {@code google.rpc.Status}, or text. */
  private static String detail(byte[] body) {
    String said = new String(body, 0, Math.min(body.length, 200), StandardCharsets.UTF_8);
    return said.isBlank() ? "" : ": " + said.strip();
  }

  /** The body of the answer, read to its end so that the connection can be reused. */
  private byte[] body(HttpURLConnection connection, int status) throws IOException {
    try (InputStream raw =
        isSuccess(status) ? connection.getInputStream() : connection.getErrorStream()) {
      if (raw == null) {
        return new byte[0];
      }
      boolean packed = "gzip".equalsIgnoreCase(connection.getContentEncoding());
      byte[] body = (packed ? new GZIPInputStream(raw) : raw).readNBytes(largestBody);
      if (body.length == largestBody) {
        connection.disconnect();
      }
      return body;
    }
  }

  @Override
  public CompletableResultCode shutdown() {
    return deliveries.shutdown(() -> {});
  }

  @SuppressWarnings("ArrayRecordComponent") // The interface hands out the bytes of the answer.
  private record Response(int getStatusCode, String getStatusMessage, byte[] getResponseBody)
      implements HttpResponse {}
}
