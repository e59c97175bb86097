package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.netspan.config.ConfigException;
import io.netspan.config.ExportSettings;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.MetricResources;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The SDK configured by a file, with receivers of OTLP over gRPC and over HTTP. */
final class FileExportTest {
  /** A request over HTTP; its text is the body as characters, in which names can be found. */
  private record Received(String path, String text) {}

  private final TraceServer traces = new TraceServer();
  private final List<Received> posted = new CopyOnWriteArrayList<>();
  private Server grpc;
  private HttpServer http;

  @TempDir private Path directory;

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @BeforeEach
  void startReceivers() throws IOException {
    grpc =
        NettyServerBuilder.forAddress(loopback()).addService(traces.definition()).build().start();
    http = HttpServer.create(loopback(), 0);
    http.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          posted.add(
              new Received(
                  exchange.getRequestURI().getPath(),
                  new String(body, StandardCharsets.ISO_8859_1)));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    http.start();
  }

  @AfterEach
  void stopReceivers() throws InterruptedException {
    http.stop(0);
    grpc.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  private String exporterOverGrpc() {
    return "{otlp_grpc: {endpoint: 'http://127.0.0.1:" + grpc.getPort() + "'}}";
  }

  private String exporterOverHttp(String signal) {
    return "{otlp_http: {endpoint: 'http://127.0.0.1:"
        + http.getAddress().getPort()
        + "/v1/"
        + signal
        + "'}}";
  }

  private String batch(String exporter, String settings) {
    return "    - batch: {" + settings + "exporter: " + exporter + "}\n";
  }

  private OpenTelemetryExport start(String file, String... variables) throws IOException {
    Path path = Files.writeString(directory.resolve("otel.yaml"), "file_format: '1.0'\n" + file);
    Map<String, String> environment = new HashMap<>();
    environment.put("OTEL_CONFIG_FILE", path.toString());
    for (String variable : variables) {
      String[] parts = variable.split("=", 2);
      environment.put(parts[0], parts[1]);
    }
    return OpenTelemetryExport.start(
        new ExporterSelection(environment),
        _ ->
            Attributes.of(
                AttributeKey.stringKey("host.name"), "of the agent",
                AttributeKey.stringKey("os.type"), "linux"),
        new MetricResources(),
        ExportSettings.MOST_BACKLOG_BY_DEFAULT,
        Duration.ZERO);
  }

  private static void refusedConnects(OpenTelemetryExport export, int count) {
    FakeKernel kernel = FakeSpans.into(export);
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
  }

  @Test
  void spansGoToTwoExportersAndMetricsToOneOfThem() throws IOException {
    OpenTelemetryExport export =
        start(
            "tracer_provider:\n  processors:\n"
                + batch(exporterOverGrpc(), "")
                + batch(exporterOverHttp("traces"), "")
                + "meter_provider:\n  readers:\n    - periodic: {exporter: "
                + exporterOverHttp("metrics")
                + "}\n");
    refusedConnects(export, 10);
    export.meter().counterBuilder("netspan.test.counter").build().add(1);
    export.close();

    assertThat(export.offered()).isEqualTo(20);
    assertThat(export.exported()).isEqualTo(20);
    assertThat(export.failed() + export.unsent() + export.queueFull()).isZero();
    assertThat(traces.requests()).isEqualTo(1);
    assertThat(posted).extracting(Received::path).contains("/v1/traces", "/v1/metrics");
    assertThat(posted)
        .filteredOn(request -> request.path().equals("/v1/metrics"))
        .anyMatch(request -> request.text().contains("netspan.test.counter"))
        .anyMatch(request -> request.text().contains("otel.sdk.processor.span.processed"));
    assertThat(export.describe())
        .isEqualTo(
            "exporting traces over OTLP/grpc to http://127.0.0.1:%d and over OTLP/http/protobuf to http://127.0.0.1:%d/v1/traces, metrics over OTLP/http/protobuf to http://127.0.0.1:%d/v1/metrics (by %s)",
            grpc.getPort(),
            http.getAddress().getPort(),
            http.getAddress().getPort(),
            directory.resolve("otel.yaml"));
  }

  @Test
  void aBatchIsSentWhenItIsFullAndNotBefore() throws IOException {
    try (OpenTelemetryExport export =
        start(
            "tracer_provider:\n  processors:\n"
                + batch(
                    exporterOverGrpc(), "schedule_delay: 3600000, max_export_batch_size: 5, "))) {
      refusedConnects(export, 12);
      await().atMost(Duration.ofSeconds(10)).until(() -> export.exported() == 10);
      assertThat(traces.requests()).isEqualTo(2);
    }
    assertThat(traces.requests()).isEqualTo(3);
  }

  @Test
  void aBatchIsSentAfterItsDelay() throws IOException {
    try (OpenTelemetryExport export =
        start(
            "tracer_provider:\n  processors:\n"
                + batch(exporterOverGrpc(), "schedule_delay: 20, "))) {
      refusedConnects(export, 3);
      await().atMost(Duration.ofSeconds(10)).until(() -> export.exported() == 3);
    }
  }

  @Test
  void whatOneBackendDoesNotTakeTheOtherGets() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      OpenTelemetryExport export =
          start(
              "tracer_provider:\n  processors:\n"
                  + batch(exporterOverGrpc(), "")
                  + batch(
                      "{otlp_grpc: {timeout: 200, endpoint: 'http://127.0.0.1:"
                          + silent.getLocalPort()
                          + "'}}",
                      "schedule_delay: 3600000, max_queue_size: 64, max_export_batch_size: 16, "));
      refusedConnects(export, 500);

      export.close();
      assertThat(export.offered()).isEqualTo(1000);
      assertThat(export.exported()).isEqualTo(500);
      assertThat(export.queueFull() + export.unsent()).isEqualTo(500);
    }
  }

  @Test
  void theSamplerAndTheLimitsAreThoseOfTheFile() throws IOException {
    try (OpenTelemetryExport export =
        start(
            "attribute_limits: {attribute_count_limit: 7}\n"
                + "tracer_provider:\n"
                + "  limits: {event_attribute_count_limit: 2}\n"
                + "  sampler: {parent_based: {root: {always_off: }}}\n"
                + "  processors:\n"
                + batch(exporterOverGrpc(), ""))) {
      assertThat(export.samples(1, "tcp", 80, SpanKind.CLIENT)).isFalse();
      assertThat(export.limits().getMaxNumberOfAttributes()).isEqualTo(7);
      assertThat(export.limits().getMaxNumberOfAttributesPerEvent()).isEqualTo(2);
    }
  }

  @Test
  void resourceAttributesOfTheFileTakePrecedence() throws IOException {
    try (OpenTelemetryExport export =
        start("resource: {attributes: [{name: host.name, value: of the file}]}\n")) {
      Attributes resource = export.resource();

      assertThat(resource.get(AttributeKey.stringKey("host.name"))).isEqualTo("of the file");
      assertThat(resource.get(AttributeKey.stringKey("os.type"))).isEqualTo("linux");
      assertThat(resource.get(AttributeKey.stringKey("service.name"))).isEqualTo("netspan");
      assertThat(export.isAny()).isFalse();
    }
  }

  @Test
  void resourceAttributesHaveAnyType() throws IOException {
    try (OpenTelemetryExport export =
        start(
            """
            resource:
              attributes:
                - {name: text, value: a}
                - {name: flag, value: true, type: bool}
                - {name: count, value: 5, type: int}
                - {name: ratio, value: 0.5, type: double}
                - {name: texts, value: [a, b], type: string_array}
                - {name: flags, value: [true], type: bool_array}
                - {name: counts, value: [1, 2], type: int_array}
                - {name: ratios, value: [0.5], type: double_array}
            """)) {
      Attributes resource = export.resource();

      assertThat(resource.get(AttributeKey.stringKey("text"))).isEqualTo("a");
      assertThat(resource.get(AttributeKey.booleanKey("flag"))).isTrue();
      assertThat(resource.get(AttributeKey.longKey("count"))).isEqualTo(5);
      assertThat(resource.get(AttributeKey.doubleKey("ratio"))).isEqualTo(0.5);
      assertThat(resource.get(AttributeKey.stringArrayKey("texts"))).containsExactly("a", "b");
      assertThat(resource.get(AttributeKey.booleanArrayKey("flags"))).containsExactly(true);
      assertThat(resource.get(AttributeKey.longArrayKey("counts"))).containsExactly(1L, 2L);
      assertThat(resource.get(AttributeKey.doubleArrayKey("ratios"))).containsExactly(0.5);
    }
  }

  @Test
  void theFileIsUtf8() throws IOException {
    Path path = directory.resolve("otel.yaml");
    Files.write(path, "# gr\u00fcn\n".getBytes(StandardCharsets.ISO_8859_1));
    ExporterSelection selection =
        new ExporterSelection(Map.of("OTEL_CONFIG_FILE", path.toString()));

    assertThatThrownBy(() -> OpenTelemetryExport.start(selection))
        .isInstanceOf(ConfigException.class)
        .hasMessage("OTEL_CONFIG_FILE is '" + path + "': the file is not UTF-8: save it as UTF-8");
  }

  @Test
  void aSignalWithoutAnExporterIsNamed() throws IOException {
    String spans = "tracer_provider:\n  processors:\n" + batch(exporterOverGrpc(), "");
    try (OpenTelemetryExport export = start(spans)) {
      assertThat(export.describe())
          .startsWith("exporting traces over OTLP/grpc to ")
          .contains(", no metrics (by ");
    }
    String points =
        "meter_provider:\n  readers:\n    - periodic: {exporter: "
            + exporterOverHttp("metrics")
            + "}\n";
    try (OpenTelemetryExport export = start(points)) {
      assertThat(export.describe())
          .startsWith("exporting no traces, metrics over OTLP/http/protobuf to ");
    }
  }

  @Test
  void variablesHaveNoEffectWithAFile() throws IOException {
    try (OpenTelemetryExport export =
        start("", "OTEL_EXPORTER_OTLP_ENDPOINT=no URL", "OTEL_TRACES_SAMPLER=no_such")) {
      assertThat(export.exportsSpans()).isFalse();
      assertThat(export.describe()).startsWith("exporting nothing, since ").contains("otel.yaml");
    }
  }

  @Test
  void aDisabledSdkExportsNothing() throws IOException {
    try (OpenTelemetryExport export =
        start(
            "disabled: true\ntracer_provider:\n  processors:\n" + batch(exporterOverGrpc(), ""))) {
      assertThat(export.exportsSpans()).isFalse();
      assertThat(export.describe()).startsWith("exporting nothing");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tracer_provider: [ | otel.yaml",
        "tracer_provider: {processors: [{batch: {exporter: {console: }}}]} | console",
        "tracer_provider: {processors: [{batch: {schedule_delay: 1}}]} | exporter",
        "meter_provider: {readers: [{periodic: {max_export_batch_size/development: 9, exporter: {otlp_grpc: }}}]} | max_export_batch_size",
        "tracer_provider: {processors: [{batch: {max_queue_size: 0, exporter: {otlp_grpc: }}}]} | max_queue_size is '0'",
      })
  void anUnusableFileIsASettingsError(String file, String named) {
    assertThatThrownBy(() -> start(file + "\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("otel.yaml")
        .hasMessageContaining(named);
  }

  @Test
  void whatIsForApplicationsIsNotBuilt() throws IOException {
    try (OpenTelemetryExport export =
        start(
            """
            propagator: {composite_list: xray}
            logger_provider: {processors: [{batch: {exporter: {console: }}}]}
            """)) {
      assertThat(export.isAny()).isFalse();
    }
  }

  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aNamedPipeIsNoFile() throws IOException, InterruptedException {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    ExporterSelection selection =
        new ExporterSelection(Map.of("OTEL_CONFIG_FILE", pipe.toString()));

    assertThatThrownBy(() -> OpenTelemetryExport.start(selection))
        .isInstanceOf(ConfigException.class)
        .hasMessage("OTEL_CONFIG_FILE is '" + pipe + "': it is a named pipe; write a file's path");
  }

  @Test
  void aMissingFileIsReportedWithItsName() {
    ExporterSelection selection =
        new ExporterSelection(Map.of("OTEL_CONFIG_FILE", "/no/such/otel.yaml"));

    assertThatThrownBy(() -> OpenTelemetryExport.start(selection))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "OTEL_CONFIG_FILE is '/no/such/otel.yaml': there is no such file; write the path of one");
  }
}
