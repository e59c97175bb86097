package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.FakeSpans;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both ends get new keys while the agent runs; no span is lost, whichever end is first. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
final class RenewedTlsTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Logger EXPORT = Logger.getLogger("netspan.export");

  @TempDir private Path directory;

  private final List<String> log = new CopyOnWriteArrayList<>();
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          log.add(new SimpleFormatter().formatMessage(record));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void listen() {
    EXPORT.addHandler(handler);
  }

  @AfterEach
  void listenNoMore() {
    EXPORT.removeHandler(handler);
  }

  private Path inUse(String name) {
    return directory.resolve("in-use-" + name);
  }

  /** As cert-manager and others do it: a new file takes the place of the old one. */
  private void install(Path file, String name) throws IOException {
    Path whole = Files.copy(file, directory.resolve("whole"), StandardCopyOption.REPLACE_EXISTING);
    Files.move(whole, inUse(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private void install(KeyPairFiles server, KeyPairFiles client) throws IOException {
    install(server.certificate(), "ca");
    install(client.privateKey(), "key");
    install(client.certificate(), "certificate");
  }

  private static String endpoint(String protocol, int port) {
    return "https://localhost:" + port + (protocol.equals("grpc") ? "" : "/v1/traces");
  }

  private OpenTelemetryExport start(String way, String protocol, int port) throws IOException {
    return way.equals("file") ? byFile(protocol, port) : byEnvironment(protocol, port);
  }

  private OpenTelemetryExport byEnvironment(String protocol, int port) {
    Map<String, String> properties =
        Map.of(
            "otel.exporter.otlp.traces.endpoint", endpoint(protocol, port),
            "otel.exporter.otlp.traces.protocol", protocol,
            "otel.exporter.otlp.certificate", inUse("ca").toString(),
            "otel.exporter.otlp.client.key", inUse("key").toString(),
            "otel.exporter.otlp.client.certificate", inUse("certificate").toString(),
            "otel.bsp.schedule.delay", "20");
    return ConfiguredExport.byProperties(properties, OpenTelemetryExport::start);
  }

  private OpenTelemetryExport byFile(String protocol, int port) throws IOException {
    return OpenTelemetryExport.start(
        ConfiguredExport.byFile(
            directory,
            """
            file_format: '1.0'
            tracer_provider:
              processors:
                - batch:
                    schedule_delay: 20
                    exporter:
                      %s:
                        endpoint: '%s'
                        tls: {ca_file: '%s', key_file: '%s', cert_file: '%s'}
            """
                .formatted(
                    protocol.equals("grpc") ? "otlp_grpc" : "otlp_http",
                    endpoint(protocol, port),
                    inUse("ca"),
                    inUse("key"),
                    inUse("certificate"))));
  }

  private static void refusedConnect(FakeKernel kernel) {
    FakeSocket client = kernel.client(0xc);
    client.open(FakeProcess.CURL);
    client.close(2, 111);
  }

  private long said(String begin) {
    return log.stream().filter(line -> line.startsWith(begin)).count();
  }

  @ParameterizedTest
  @CsvSource({
    "environment, grpc",
    "environment, http/protobuf",
    "file, grpc",
    "file, http/protobuf"
  })
  void newFilesAreUsedAndBrokenOnesAreNot(String way, String protocol) throws Exception {
    KeyPairFiles oldServer = KeyPairFiles.generate(directory, "old-server");
    KeyPairFiles oldClient = KeyPairFiles.generate(directory, "old-client");
    KeyPairFiles newServer = KeyPairFiles.generate(directory, "new-server");
    KeyPairFiles newClient = KeyPairFiles.generate(directory, "new-client");
    install(oldServer, oldClient);
    int port = FakeBackend.freePort();
    OpenTelemetryExport export;
    FakeKernel kernel;
    try (FakeBackend backend = FakeBackend.start(protocol, port, oldServer, oldClient)) {
      export = start(way, protocol, port);
      kernel = FakeSpans.into(export);
      refusedConnect(kernel);
      await().atMost(SOON).until(() -> export.exported() == 1);
      assertThat(backend.received().count()).isEqualTo(1);
    }
    // Half of the new key is written.
    String key = Files.readString(newClient.privateKey());
    Files.writeString(inUse("key"), key.substring(0, key.length() / 2));
    try (FakeBackend backend = FakeBackend.start(protocol, port, oldServer, oldClient)) {
      refusedConnect(kernel);
      await().atMost(SOON).until(() -> export.exported() == 2);
      assertThat(backend.received().count()).isEqualTo(1);
    }
    assertThat(said("changed certificates or keys cannot be used")).isEqualTo(1);
    assertThat(log).anyMatch(line -> line.contains(inUse("key").toString()));
    try (FakeBackend backend = FakeBackend.start(protocol, port, newServer, newClient)) {
      refusedConnect(kernel);
      await().atMost(SOON).until(() -> said("spans cannot be sent") > 0);
      assertThat(backend.received().count()).isZero();
      install(newServer, newClient);
      await().atMost(SOON).until(() -> export.exported() == 3);
      export.close();

      assertThat(backend.received().count()).isEqualTo(1);
      assertThat(said("the certificates and keys for TLS")).isPositive();
      assertThat(said("changed certificates or keys cannot be used")).isLessThanOrEqualTo(3);
      assertThat(export.failed() + export.unsent() + export.backlogFull()).isZero();
    }
  }
}
