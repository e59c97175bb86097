package io.netspan.receiver.export;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.netspan.config.ClientTls;
import io.netspan.config.Setting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * A backend of OTLP on a fixed port of the loopback, which answers the first requests as it is told
 * and takes the spans of all others.
 */
abstract class FakeBackend implements AutoCloseable {
  /** How a request is answered. */
  enum Answer {
    TAKEN,
    /** Not now: UNAVAILABLE, 503. */
    LATER,
    /** Not now, but in a second. */
    IN_A_SECOND,
    /** Not now, but in an hour. */
    IN_AN_HOUR,
    /** Never: INVALID_ARGUMENT, 400. */
    NEVER,
    /** Taken but for three. */
    PARTLY,
    /** Taken, but answered after the request's timeout. */
    LATE
  }

  static final long LATE_MS = 1_500;

  private final Queue<Answer> answers = new ArrayDeque<>();
  private final ReceivedSpans received = new ReceivedSpans();
  private int requests;

  static FakeBackend start(String protocol, int port) throws IOException {
    return start(protocol, port, null, null);
  }

  /**
   * Starts a backend.
   *
   * @param own its key and certificate; null for one without TLS
   * @param client the certificate that a client must have
   */
  static FakeBackend start(
      String protocol, int port, @Nullable KeyPairFiles own, @Nullable KeyPairFiles client)
      throws IOException {
    return protocol.equals("grpc") ? new Grpc(port, own, client) : new Http(port, own, client);
  }

  /** A port on which nobody listens. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  final synchronized FakeBackend answers(Answer... first) {
    answers.addAll(List.of(first));
    return this;
  }

  final ReceivedSpans received() {
    return received;
  }

  final synchronized int requests() {
    return requests;
  }

  private synchronized Answer next() {
    requests++;
    Answer next = answers.poll();
    return next == null ? Answer.TAKEN : next;
  }

  /** Notes a request and returns how it is answered. */
  final Answer handle(byte[] body) {
    Answer answer = next();
    if (answer == Answer.TAKEN || answer == Answer.PARTLY || answer == Answer.LATE) {
      received.add(body);
    }
    return answer;
  }

  abstract int port();

  @Override
  public abstract void close();

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static final class Http extends FakeBackend {
    private static final byte[] THREE_REJECTED = {0x0a, 2, 8, 3};
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Http(int port, @Nullable KeyPairFiles own, @Nullable KeyPairFiles client) throws IOException {
      server =
          own == null || client == null ? HttpServer.create(at(port), 0) : https(port, own, client);
      server.setExecutor(threads);
      server.createContext("/", this::exchange);
      server.start();
    }

    private static HttpServer https(int port, KeyPairFiles own, KeyPairFiles client)
        throws IOException {
      SSLContext context =
          ClientTls.of(
                  new Setting("ca", client.certificate().toString()),
                  new Setting("key", own.privateKey().toString()),
                  new Setting("certificate", own.certificate().toString()))
              .orElseThrow()
              .context();
      HttpsServer server = HttpsServer.create(at(port), 0);
      server.setHttpsConfigurator(
          new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
              SSLParameters tls = context.getDefaultSSLParameters();
              tls.setNeedClientAuth(true);
              parameters.setSSLParameters(tls);
            }
          });
      return server;
    }

    private void exchange(HttpExchange exchange) throws IOException {
      Answer answer = handle(exchange.getRequestBody().readAllBytes());
      byte[] body = answer == Answer.PARTLY ? THREE_REJECTED : new byte[0];
      int status =
          switch (answer) {
            case TAKEN, PARTLY, LATE -> 200;
            case LATER, IN_A_SECOND, IN_AN_HOUR -> 503;
            case NEVER -> 400;
          };
      switch (answer) {
        case IN_A_SECOND -> exchange.getResponseHeaders().add("Retry-After", "1");
        case IN_AN_HOUR -> exchange.getResponseHeaders().add("Retry-After", "3600");
        case LATE -> LockSupport.parkNanos(LATE_MS * 1_000_000);
        default -> {}
      }
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    }

    @Override
    int port() {
      return server.getAddress().getPort();
    }

    @Override
    public void close() {
      server.stop(0);
      threads.shutdownNow();
    }
  }

  private static final class Grpc extends FakeBackend {
    private final Server server;

    Grpc(int port, @Nullable KeyPairFiles own, @Nullable KeyPairFiles client) throws IOException {
      TraceServer service = new TraceServer();
      service.answerBy(this::answer);
      NettyServerBuilder builder =
          NettyServerBuilder.forAddress(at(port))
              .maxInboundMessageSize(64 << 20)
              .addService(service.definition());
      if (own != null && client != null) {
        builder.sslContext(
            GrpcSslContexts.forServer(own.certificate().toFile(), own.privateKey().toFile())
                .trustManager(client.certificate().toFile())
                .clientAuth(ClientAuth.REQUIRE)
                .build());
      }
      server = builder.build().start();
    }

    private TraceServer.Answer answer(byte[] body) {
      Answer answer = handle(body);
      if (answer == Answer.LATE) {
        LockSupport.parkNanos(LATE_MS * 1_000_000);
      }
      return switch (answer) {
        case TAKEN, LATE -> TraceServer.Answer.of(Status.OK);
        case PARTLY ->
            new TraceServer.Answer(Status.OK, new Metadata(), new byte[] {0x0a, 2, 8, 3});
        case LATER -> TraceServer.Answer.of(Status.UNAVAILABLE);
        case IN_A_SECOND ->
            new TraceServer.Answer(
                Status.RESOURCE_EXHAUSTED, GrpcJavaSenderTest.retryInfo(1, 0), new byte[0]);
        case IN_AN_HOUR ->
            new TraceServer.Answer(
                Status.UNAVAILABLE, GrpcJavaSenderTest.retryInfo(3_600, 0), new byte[0]);
        case NEVER -> TraceServer.Answer.of(Status.INVALID_ARGUMENT.withDescription("no"));
      };
    }

    @Override
    int port() {
      return server.getPort();
    }

    @Override
    public void close() {
      try {
        server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
