package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.grpc.HandlerRegistry;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.netspan.config.Signal;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.FakeSpans;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** A backend that requires a client certificate; its key is in PKCS#1. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
final class BackendTlsTest {
  private static final Path FILES =
      Path.of("../otel-config/src/test/resources/io/netspan/config/tls");

  private static Map<String, String> settings(String protocol, int port) {
    return Map.of(
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        protocol,
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "https://127.0.0.1:" + port,
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        FILES.resolve("rsa.crt").toString(),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        FILES.resolve("rsa-pkcs1.key").toString(),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        FILES.resolve("rsa.crt").toString());
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** The SDK itself reads the protocol and the endpoint from system properties. */
  private static void exportOneSpan(String protocol, int port) {
    System.setProperty("otel.exporter.otlp.traces.protocol", protocol);
    System.setProperty("otel.exporter.otlp.traces.endpoint", "https://127.0.0.1:" + port);
    try {
      OpenTelemetryExport export =
          OpenTelemetryExport.start(new ExporterSelection(settings(protocol, port)));
      FakeKernel kernel = FakeSpans.into(export);
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
      export.close();
      assertThat(export.offered()).isEqualTo(1);
    } finally {
      System.clearProperty("otel.exporter.otlp.traces.protocol");
      System.clearProperty("otel.exporter.otlp.traces.endpoint");
    }
  }

  @Test
  void aSpanIsExportedOverGrpcWithAClientCertificate() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Server server =
        NettyServerBuilder.forAddress(loopback())
            .sslContext(
                GrpcSslContexts.forServer(
                        FILES.resolve("rsa.crt").toFile(), FILES.resolve("rsa-pkcs8.key").toFile())
                    .trustManager(FILES.resolve("rsa.crt").toFile())
                    .clientAuth(ClientAuth.REQUIRE)
                    .build())
            .fallbackHandlerRegistry(
                new HandlerRegistry() {
                  @Override
                  public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
                      String method, @Nullable String authority) {
                    calls.incrementAndGet();
                    return null;
                  }
                })
            .build()
            .start();
    try {
      exportOneSpan("grpc", server.getPort());
      assertThat(calls).hasPositiveValue();
    } finally {
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void aSpanIsExportedOverHttpWithAClientCertificate() throws Exception {
    SSLContext context =
        new ExporterSelection(settings("http/protobuf", 1))
            .tls(Signal.TRACES)
            .orElseThrow()
            .context();
    AtomicInteger calls = new AtomicInteger();
    HttpsServer server = HttpsServer.create(loopback(), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = context.getDefaultSSLParameters();
            tls.setNeedClientAuth(true);
            parameters.setSSLParameters(tls);
          }
        });
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          calls.incrementAndGet();
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    try {
      exportOneSpan("http/protobuf", server.getAddress().getPort());
      assertThat(calls).hasValue(1);
    } finally {
      server.stop(0);
    }
  }
}
