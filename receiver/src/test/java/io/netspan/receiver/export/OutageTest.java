package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.export.FakeBackend.Answer;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.MetricResources;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.netspan.receiver.telemetry.SpanOutput;
import io.opentelemetry.api.common.Attributes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A backend that is down, slow, erroring or half closing, and comes back: what is counted as lost
 * is what it did not receive, whichever way the SDK is configured and over both protocols.
 */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
final class OutageTest {
  private static final int BATCH = 500;
  private static final long LARGE = 32L << 20;
  private static final long SMALL = 1L << 20;
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path directory;

  private final List<String> ids = new ArrayList<>();

  /** Keeps the ids of all spans. */
  private final SpanOutput output =
      new SpanOutput() {
        @Override
        public boolean wants(long nowNs) {
          return true;
        }

        @Override
        public void accept(NetworkSpan span) {
          ids.add(span.getSpanId());
        }
      };

  private static String endpoint(String protocol, int port) {
    return "http://127.0.0.1:" + port + (protocol.equals("grpc") ? "" : "/v1/traces");
  }

  private static OpenTelemetryExport start(ExporterSelection selection, long backlogBytes) {
    return OpenTelemetryExport.start(
        selection, _ -> Attributes.empty(), new MetricResources(), backlogBytes, Duration.ZERO);
  }

  /** With {@code -D}, which the SDK reads as it reads the environment. */
  private static OpenTelemetryExport byEnvironment(
      String protocol, int port, String timeout, long backlogBytes) {
    Map<String, String> properties =
        Map.of(
            "otel.exporter.otlp.traces.endpoint",
            endpoint(protocol, port),
            "otel.exporter.otlp.traces.protocol",
            protocol,
            "otel.exporter.otlp.traces.timeout",
            timeout,
            "otel.bsp.max.export.batch.size",
            Integer.toString(BATCH),
            "otel.bsp.schedule.delay",
            "20");
    return ConfiguredExport.byProperties(properties, selection -> start(selection, backlogBytes));
  }

  private OpenTelemetryExport byFile(String protocol, int port, String timeout, long backlogBytes)
      throws IOException {
    String exporter =
        "{%s: {endpoint: '%s', timeout: %s}}"
            .formatted(
                protocol.equals("grpc") ? "otlp_grpc" : "otlp_http",
                endpoint(protocol, port),
                timeout);
    return start(
        ConfiguredExport.byFile(
            directory,
            """
            file_format: '1.0'
            tracer_provider:
              processors:
                - batch: {schedule_delay: 20, max_export_batch_size: %d, exporter: %s}
            """
                .formatted(BATCH, exporter)),
        backlogBytes);
  }

  private OpenTelemetryExport start(String way, String protocol, int port, long backlogBytes)
      throws IOException {
    return way.equals("file")
        ? byFile(protocol, port, "10000", backlogBytes)
        : byEnvironment(protocol, port, "10000", backlogBytes);
  }

  /** Refused connects, no faster than they are put into requests. */
  private static void refusedConnects(FakeKernel kernel, OpenTelemetryExport export, int count) {
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
      if (i % 10_000 == 9_999) {
        await().atMost(SOON).until(() -> export.queued() < 10_000);
      }
    }
    await().atMost(SOON).until(() -> export.queued() == 0);
  }

  /** All that was offered is with the backend or counted by reason. */
  private static void assertLedger(OpenTelemetryExport export, FakeBackend backend) {
    assertThat(export.exported() + export.rejected()).isEqualTo(backend.received().count());
    assertThat(
            export.offered()
                - export.queueFull()
                - export.backlogFull()
                - export.failed()
                - export.unsent())
        .isEqualTo(backend.received().count());
  }

  @ParameterizedTest
  @CsvSource({
    "environment, grpc",
    "environment, http/protobuf",
    "file, grpc",
    "file, http/protobuf"
  })
  void aBackendThatComesBackGetsEverything(String way, String protocol) throws IOException {
    int port = FakeBackend.freePort();
    OpenTelemetryExport export = start(way, protocol, port, LARGE);
    refusedConnects(FakeSpans.into(export, output), export, 20 * BATCH);
    await().atMost(SOON).until(() -> export.waitingBytes() > 0);
    try (FakeBackend backend = FakeBackend.start(protocol, port)) {
      await().atMost(SOON).until(() -> export.exported() == 20 * BATCH);
      export.close();

      assertThat(backend.received().count()).isEqualTo(20 * BATCH);
      assertThat(backend.received().twice()).isZero();
      assertThat(export.unsent()).isZero();
      assertLedger(export, backend);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "environment, grpc",
    "environment, http/protobuf",
    "file, grpc",
    "file, http/protobuf"
  })
  void whatIsTooMuchIsDroppedOldestFirstAndCounted(String way, String protocol) throws IOException {
    int port = FakeBackend.freePort();
    OpenTelemetryExport export = start(way, protocol, port, SMALL);
    FakeKernel kernel = FakeSpans.into(export, output);
    refusedConnects(kernel, export, 50 * BATCH);
    while (export.backlogFull() == 0 && ids.size() < 1_000_000) {
      refusedConnects(kernel, export, 10 * BATCH);
      // The request that is put back comes on top of the bound, if it is the only one.
      assertThat(export.waitingBytes()).isLessThanOrEqualTo(SMALL);
    }
    long lost = export.backlogFull();
    System.out.printf(
        "%s, %s: %d spans wait in %d KiB, %d bytes each%n",
        way,
        protocol,
        export.offered() - lost,
        export.waitingBytes() / 1_024,
        export.waitingBytes() / (export.offered() - lost));
    assertThat(lost).isPositive();
    try (FakeBackend backend = FakeBackend.start(protocol, port)) {
      await()
          .atMost(SOON)
          .until(() -> export.exported() == export.offered() - export.backlogFull());
      export.close();

      assertThat(backend.received().contains(ids.getLast())).as("newest").isTrue();
      assertThat(backend.received().contains(ids.getFirst())).as("oldest").isFalse();
      assertThat(export.failed() + export.queueFull() + export.unsent()).isZero();
      assertLedger(export, backend);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http/protobuf"})
  void whatIsRefusedForGoodDoesNotHoldUpTheOthers(String protocol) throws IOException {
    try (FakeBackend backend = FakeBackend.start(protocol, 0)) {
      backend.answers(Answer.LATER, Answer.NEVER, Answer.PARTLY, Answer.LATER, Answer.NEVER);
      OpenTelemetryExport export = byEnvironment(protocol, backend.port(), "10000", LARGE);
      refusedConnects(FakeSpans.into(export, output), export, 10 * BATCH);
      await().atMost(SOON).until(() -> backend.received().count() >= 7 * BATCH);
      export.close();

      assertThat(export.rejected()).isEqualTo(3);
      assertThat(export.failed()).isPositive();
      assertThat(export.unsent()).isZero();
      assertLedger(export, backend);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "environment, grpc",
    "environment, http/protobuf",
    "file, grpc",
    "file, http/protobuf"
  })
  void aWishToWaitIsKeptAndLosesNothing(String way, String protocol) throws IOException {
    try (FakeBackend backend = FakeBackend.start(protocol, 0)) {
      backend.answers(Answer.IN_A_SECOND);
      OpenTelemetryExport export = start(way, protocol, backend.port(), LARGE);
      FakeKernel kernel = FakeSpans.into(export, output);
      long began = System.nanoTime(); // The first request, and so the wish to wait, comes later.
      refusedConnects(kernel, export, 1);
      await().atMost(SOON).until(() -> backend.requests() == 1);
      refusedConnects(kernel, export, BATCH);
      await().atMost(SOON).until(() -> backend.received().count() == BATCH + 1);

      assertThat(System.nanoTime() - began).isGreaterThan(900_000_000);
      export.close();
      assertThat(export.exported()).isEqualTo(BATCH + 1);
      assertLedger(export, backend);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http/protobuf"})
  void aBackendThatClosesInTheMiddleLosesNothing(String protocol) throws Exception {
    OpenTelemetryExport export;
    int port;
    try (ServerSocket closing = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      port = closing.getLocalPort();
      export = byEnvironment(protocol, port, "10000", LARGE);
      refusedConnects(FakeSpans.into(export, output), export, 4 * BATCH);
      for (int i = 0; i < 3; i++) {
        try (Socket socket = closing.accept()) {
          assertThat(socket.getInputStream().readNBytes(20)).hasSize(20);
          if (i == 1) {
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readNBytes(5)).hasSize(5);
          }
        }
      }
    }
    try (FakeBackend backend = FakeBackend.start(protocol, port)) {
      await().atMost(SOON).until(() -> export.exported() == 4 * BATCH);
      export.close();
      assertLedger(export, backend);
    }
  }

  /** The backend has the spans whose answer was late, so it gets them twice. */
  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http/protobuf"})
  void anAnswerThatIsLateIsAskedForAgain(String protocol) throws IOException {
    try (FakeBackend backend = FakeBackend.start(protocol, 0)) {
      backend.answers(Answer.LATE);
      OpenTelemetryExport export = byEnvironment(protocol, backend.port(), "500", LARGE);
      refusedConnects(FakeSpans.into(export, output), export, BATCH);
      await().atMost(SOON).until(() -> export.exported() == BATCH);
      export.close();

      assertThat(backend.received().twice()).isPositive();
      assertLedger(export, backend);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "environment, grpc, LATER",
    "file, http/protobuf, LATER",
    "environment, http/protobuf, IN_AN_HOUR",
    "file, grpc, IN_AN_HOUR"
  })
  void theEndWaitsForABoundedTimeAndCountsTheRest(String way, String protocol, Answer answer)
      throws IOException {
    try (FakeBackend backend = FakeBackend.start(protocol, 0)) {
      for (int i = 0; i < 1_000; i++) {
        backend.answers(answer);
      }
      OpenTelemetryExport export = start(way, protocol, backend.port(), LARGE);
      refusedConnects(FakeSpans.into(export, output), export, 3 * BATCH);
      await().atMost(SOON).until(() -> backend.requests() > 0);
      long began = System.nanoTime();
      export.close();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(7));
      assertThat(export.unsent()).isEqualTo(3 * BATCH);
      assertThat(export.waitingBytes()).isZero();
      assertLedger(export, backend);
    }
  }

  /** A backoff ends with the agent, so that a backend that is back gets what waits. */
  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http/protobuf"})
  void theEndDoesNotWaitForABackoff(String protocol) throws IOException {
    int port = FakeBackend.freePort();
    OpenTelemetryExport export = byEnvironment(protocol, port, "10000", LARGE);
    refusedConnects(FakeSpans.into(export, output), export, 3 * BATCH);
    await().atMost(SOON).until(() -> export.waitingBytes() > 0);
    try (FakeBackend backend = FakeBackend.start(protocol, port)) {
      export.close();

      assertThat(backend.received().count()).isEqualTo(3 * BATCH);
      assertLedger(export, backend);
    }
  }
}
