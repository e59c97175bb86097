package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.common.export.ProxyOptions;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A message belongs to the SDK: the sender writes it once, on the thread that calls {@code send()}
 * and before that call returns, even if a backend refuses it afterwards. Each attempt sends the
 * same bytes.
 */
final class RequestBodyTest {
  private static final int REFUSALS = 3;

  /** Like a marshaler of the SDK, the message is valid only until {@code send()} returns. */
  private static final class LentMessage implements MessageWriter {
    private static final byte[] BYTES =
        "the request".repeat(1_000).getBytes(StandardCharsets.UTF_8);
    private final Thread owner = Thread.currentThread();
    private final List<String> misuse = new CopyOnWriteArrayList<>();
    private volatile boolean returned;
    private final AtomicInteger written = new AtomicInteger();

    @Override
    public void writeMessage(OutputStream output) throws IOException {
      if (returned || !Thread.currentThread().equals(owner)) {
        misuse.add("written by " + Thread.currentThread());
        throw new IllegalStateException("this marshaler has another request now");
      }
      written.incrementAndGet();
      output.write(BYTES);
    }

    @Override
    public int getContentLength() {
      return BYTES.length;
    }

    void returned() {
      returned = true;
    }
  }

  private record Config(URI getEndpoint) implements GrpcSenderConfig, HttpSenderConfig {
    @Override
    public String getFullMethodName() {
      return "opentelemetry.proto.collector.trace.v1.TraceService/Export";
    }

    @Override
    public String getContentType() {
      return "application/x-protobuf";
    }

    @Override
    public @Nullable Compressor getCompressor() {
      return null;
    }

    @Override
    public Duration getTimeout() {
      return Duration.ofSeconds(20);
    }

    @Override
    public Duration getConnectTimeout() {
      return Duration.ofSeconds(10);
    }

    @Override
    public Supplier<Map<String, List<String>>> getHeadersSupplier() {
      return Map::of;
    }

    @Override
    public @Nullable ProxyOptions getProxyOptions() {
      return null;
    }

    @Override
    public RetryPolicy getRetryPolicy() {
      return RetryPolicy.builder()
          .setMaxAttempts(REFUSALS + 1)
          .setInitialBackoff(Duration.ofMillis(10))
          .setMaxBackoff(Duration.ofMillis(20))
          .build();
    }

    @Override
    public @Nullable SSLContext getSslContext() {
      return null;
    }

    @Override
    public @Nullable X509TrustManager getTrustManager() {
      return null;
    }

    @Override
    public @Nullable ExecutorService getExecutorService() {
      return null;
    }

    @Override
    public long getMaxResponseBodySize() {
      return 1 << 20;
    }
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void check(LentMessage message, List<byte[]> received) {
    assertThat(message.misuse).isEmpty();
    assertThat(message.written.get()).isEqualTo(1);
    assertThat(received).hasSize(REFUSALS + 1).allMatch(body -> equal(body, LentMessage.BYTES));
  }

  private static boolean equal(byte[] one, byte[] other) {
    return Arrays.equals(one, other);
  }

  @Test
  void aMessageIsWrittenOnceOverGrpc() throws Exception {
    TraceServer service = new TraceServer();
    Server server =
        NettyServerBuilder.forAddress(loopback()).addService(service.definition()).build().start();
    service.answer(Collections.nCopies(REFUSALS, Status.UNAVAILABLE));
    GrpcSender sender =
        new GrpcJavaSenderProvider()
            .createSender(new Config(URI.create("http://127.0.0.1:" + server.getPort())));
    LentMessage message = new LentMessage();
    CompletableFuture<Integer> status = new CompletableFuture<>();
    sender.send(
        message,
        response -> status.complete(response.getStatusCode().getValue()),
        status::completeExceptionally);
    message.returned();
    try {
      assertThat(status.get(20, TimeUnit.SECONDS)).isZero();
      check(message, service.received().stream().map(TraceServer.Request::body).toList());
    } finally {
      sender.shutdown().join(10, TimeUnit.SECONDS);
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void aMessageIsWrittenOnceOverHttp() throws Exception {
    List<byte[]> received = new CopyOnWriteArrayList<>();
    HttpServer server = HttpServer.create(loopback(), 0);
    server.createContext(
        "/",
        exchange -> {
          received.add(exchange.getRequestBody().readAllBytes());
          exchange.sendResponseHeaders(received.size() <= REFUSALS ? 503 : 200, -1);
          exchange.close();
        });
    server.start();
    HttpSender sender =
        new HttpUrlSenderProvider()
            .createSender(
                new Config(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/")));
    LentMessage message = new LentMessage();
    CompletableFuture<Integer> status = new CompletableFuture<>();
    sender.send(
        message,
        response -> status.complete(response.getStatusCode()),
        status::completeExceptionally);
    message.returned();
    try {
      assertThat(status.get(20, TimeUnit.SECONDS)).isEqualTo(200);
      check(message, received);
    } finally {
      sender.shutdown().join(10, TimeUnit.SECONDS);
      server.stop(0);
    }
  }
}
