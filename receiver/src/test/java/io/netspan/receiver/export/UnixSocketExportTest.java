package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.FakeSpans;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OTLP over a unix domain socket, by both protocols and both ways to configure the SDK. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
final class UnixSocketExportTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private Path socket() {
    return directory.resolve("otel col.sock");
  }

  private OpenTelemetryExport start(String way, String protocol, String variable)
      throws IOException {
    if (way.equals("file")) {
      return OpenTelemetryExport.start(
          ConfiguredExport.byFile(
              directory,
              """
              file_format: '1.0'
              tracer_provider:
                processors:
                  - batch: {schedule_delay: 20, exporter: {%s: {endpoint: 'unix://%s'}}}
              """
                  .formatted(protocol.equals("grpc") ? "otlp_grpc" : "otlp_http", socket())));
    }
    Map<String, String> properties =
        Map.of(
            variable,
            "unix://" + socket(),
            "otel.metrics.exporter",
            "none",
            "otel.exporter.otlp.protocol",
            protocol,
            "otel.bsp.schedule.delay",
            "20");
    return ConfiguredExport.byProperties(properties, OpenTelemetryExport::start);
  }

  private static void refusedConnects(OpenTelemetryExport export, int count) {
    FakeKernel kernel = FakeSpans.into(export);
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"environment", "file"})
  void grpc(String way) throws Exception {
    ReceivedSpans received = new ReceivedSpans();
    TraceServer service = new TraceServer();
    service.answerBy(
        body -> {
          received.add(body);
          return TraceServer.Answer.of(Status.OK);
        });
    OpenTelemetryExport export = start(way, "grpc", "otel.exporter.otlp.endpoint");
    assertThat(export.describe()).contains("OTLP/grpc to unix://" + socket());
    refusedConnects(export, 7);
    await().atMost(SOON).until(() -> export.waitingBytes() > 0);
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    Server server =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket()))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(service.definition())
            .build()
            .start();
    try {
      await().atMost(SOON).until(() -> export.exported() == 7);
      export.close();
      assertThat(received.count()).isEqualTo(7);
    } finally {
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      assertThat(loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS))
          .isTrue();
    }
  }

  private static String request(SocketChannel client) throws IOException {
    InputStream in = Channels.newInputStream(client);
    StringBuilder head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      head.append((char) in.read());
    }
    int at = head.indexOf("Content-Length: ") + "Content-Length: ".length();
    in.readNBytes(Integer.parseInt(head.substring(at, head.indexOf("\r", at))));
    return head.toString();
  }

  private static void answer(SocketChannel client, String answer) throws IOException {
    client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "environment otel.exporter.otlp.endpoint",
        "environment otel.exporter.otlp.traces.endpoint",
        "file -"
      })
  void http(String wayAndVariable) throws Exception {
    String[] parts = wayAndVariable.split(" ", 2);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket()));
      OpenTelemetryExport export = start(parts[0], "http/protobuf", parts[1]);
      refusedConnects(export, 7);
      List<String> heads = new ArrayList<>();
      for (String answer :
          List.of(
              "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\nno",
              "this is no HTTP\r\n\r\n",
              "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut",
              String.join(
                  "\r\n",
                  "HTTP/1.1 100 Continue",
                  "",
                  "HTTP/1.1 200 OK",
                  "Transfer-Encoding: chunked",
                  "",
                  "4",
                  "\n\2\b\3",
                  "0",
                  "",
                  ""))) {
        try (SocketChannel client = server.accept()) {
          heads.add(request(client));
          answer(client, answer);
        }
      }
      await().atMost(SOON).until(() -> export.exported() + export.rejected() == 7);
      export.close();

      assertThat(export.rejected()).isEqualTo(3);
      assertThat(heads)
          .hasSize(4)
          .allMatch(head -> head.startsWith("POST /v1/traces HTTP/1.1\r\n"))
          .allMatch(head -> head.contains("Content-Type: application/x-protobuf\r\n"));
    }
  }

  @Test
  void aSilentSocketIsWaitedForUntilTheTimeout() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket()));
      UnixHttp client = new UnixHttp(socket(), "/v1/traces", 1_000);
      long began = System.nanoTime();
      assertThatThrownBy(() -> client.post(Map.of(), new byte[10], Duration.ofMillis(300)))
          .isInstanceOf(IOException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }
  }
}
