package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netspan.config.ConfigException;
import io.netspan.config.ExportSettings;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.telemetry.FakeMetrics;
import io.netspan.receiver.telemetry.MetricResources;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The metrics of connections, as the environment or a configuration file wants them. */
final class MetricExportTest {
  private static final String CONNECTIONS = "netspan.connections";
  private static final String DURATION = "netspan.connection.duration";
  private static final String REFUSED_80 =
      " {error.type=connection_refused, netspan.close.reason=refused, netspan.role=client,"
          + " network.transport=tcp, server.port=80} ";

  private final MetricResources resources = new MetricResources();
  private MetricServer server;

  @TempDir private Path directory;

  @BeforeEach
  void start() throws IOException {
    server = new MetricServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private OpenTelemetryExport start(ExporterSelection selection) {
    return OpenTelemetryExport.start(
        selection,
        _ -> Attributes.empty(),
        resources,
        ExportSettings.MOST_BACKLOG_BY_DEFAULT,
        Duration.ZERO);
  }

  /**
   * Variables, separated by blanks, besides OTLP to the server. They are set as properties of Java,
   * which the SDK reads as it reads the environment.
   */
  private OpenTelemetryExport byEnvironment(String settings) {
    Map<String, String> properties = new HashMap<>();
    properties.put("otel.exporter.otlp.metrics.endpoint", server.url());
    properties.put("otel.exporter.otlp.metrics.protocol", "http/protobuf");
    for (String setting : settings.split(" ", -1)) {
      String[] parts = setting.split("=", 2);
      properties.put("otel." + parts[0].toLowerCase(Locale.ROOT).replace('_', '.'), parts[1]);
    }
    properties.forEach(System::setProperty);
    try {
      return start(ExporterSelection.ofThisProcess());
    } finally {
      properties.keySet().forEach(System::clearProperty);
    }
  }

  private OpenTelemetryExport byFile(String meterProvider) throws IOException {
    Path path =
        Files.writeString(
            directory.resolve("otel.yaml"),
            "file_format: '1.1'\nmeter_provider:\n" + meterProvider);
    return start(new ExporterSelection(Map.of("OTEL_CONFIG_FILE", path.toString())));
  }

  private String otlp(String settings) {
    return "{otlp_http: {endpoint: '" + server.url() + "'" + settings + "}}";
  }

  private String reader(String exporterSettings, String readerSettings) {
    return "    - periodic: {exporter: " + otlp(exporterSettings) + readerSettings + "}\n";
  }

  /** Two services are refused at one port, one of them twice, and all of it is exported. */
  private void refuseThree(OpenTelemetryExport export) {
    FakeMetrics metrics = new FakeMetrics(export.meter(), resources, export.optedIn());
    metrics.refused(FakeProcess.CURL, 80);
    metrics.refused(FakeProcess.CURL, 80);
    metrics.refused(FakeProcess.NGINX, 80);
    export.close();
  }

  private void assertTemporality(AggregationTemporality expected) {
    assertThat(server.metrics(CONNECTIONS))
        .isNotEmpty()
        .allMatch(metric -> metric.getSum().getAggregationTemporality() == expected);
    if (expected == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA) {
      assertThat(server.sums(CONNECTIONS))
          .containsExactlyInAnyOrder("curl" + REFUSED_80 + "2", "nginx" + REFUSED_80 + "1");
    } else {
      assertThat(server.sums(CONNECTIONS))
          .containsSubsequence("curl" + REFUSED_80 + "0", "curl" + REFUSED_80 + "2")
          .containsSubsequence("nginx" + REFUSED_80 + "0", "nginx" + REFUSED_80 + "1")
          .hasSize(4);
    }
  }

  @ParameterizedTest
  @CsvSource({"cumulative, CUMULATIVE", "delta, DELTA", "lowmemory, DELTA"})
  void temporalityByEnvironment(String preference, String expected) {
    refuseThree(byEnvironment("EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=" + preference));

    assertTemporality(AggregationTemporality.valueOf("AGGREGATION_TEMPORALITY_" + expected));
  }

  @ParameterizedTest
  @CsvSource({"cumulative, CUMULATIVE", "delta, DELTA", "low_memory, DELTA"})
  void temporalityByFile(String preference, String expected) throws IOException {
    refuseThree(byFile("  readers:\n" + reader(", temporality_preference: " + preference, "")));

    assertTemporality(AggregationTemporality.valueOf("AGGREGATION_TEMPORALITY_" + expected));
  }

  @Test
  void histogramsAreExponentialUnlessTheEnvironmentWantsOthers() {
    refuseThree(byEnvironment("SERVICE_NAME=netspan"));

    assertExponential(160);
  }

  private void assertExponential(int mostBuckets) {
    List<ExponentialHistogramDataPoint> points =
        server.metrics(DURATION).stream()
            .flatMap(metric -> metric.getExponentialHistogram().getDataPointsList().stream())
            .toList();
    assertThat(points).extracting(ExponentialHistogramDataPoint::getCount).contains(0L, 2L, 1L);
    assertThat(points)
        .filteredOn(point -> point.getCount() > 0)
        .allMatch(point -> point.getMax() < 0.0011)
        .allMatch(point -> point.getPositive().getBucketCountsCount() <= mostBuckets);
  }

  private void assertExplicit() {
    List<HistogramDataPoint> points =
        server.metrics(DURATION).stream()
            .flatMap(metric -> metric.getHistogram().getDataPointsList().stream())
            .toList();
    assertThat(points).extracting(HistogramDataPoint::getCount).contains(0L, 2L, 1L);
    assertThat(points)
        .allSatisfy(
            point ->
                assertThat(point.getExplicitBoundsList())
                    .startsWith(0.001, 0.0025)
                    .endsWith(14_400.0, 86_400.0));
  }

  @Test
  void boundariesAreInSecondsByEnvironment() {
    refuseThree(
        byEnvironment(
            "EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=explicit_bucket_histogram"));

    assertExplicit();
  }

  @Test
  void histogramsByFile() throws IOException {
    refuseThree(
        byFile(
            "  readers:\n"
                + reader(", default_histogram_aggregation: base2_exponential_bucket_histogram", "")
                + "  views:\n    - {selector: {instrument_name: '*.duration'}, stream: {aggregation:"
                + " {base2_exponential_bucket_histogram: {max_size: 4, max_scale: 20}}}}\n"));
    assertExponential(4);
  }

  @Test
  void boundariesAreInSecondsByFile() throws IOException {
    refuseThree(byFile("  readers:\n" + reader("", "")));

    assertExplicit();
  }

  private void refuseMany(OpenTelemetryExport export) {
    FakeMetrics metrics = new FakeMetrics(export.meter(), resources);
    for (int port = 1; port <= 10; port++) {
      metrics.refused(FakeProcess.CURL, port);
    }
    export.close();
  }

  private void assertThreeAndTheRest() {
    assertThat(server.sums(CONNECTIONS))
        .hasSize(8) // Each of them as 0, too.
        .contains("netspan {otel.metric.overflow=true} 7")
        .anyMatch(point -> point.startsWith("curl ") && point.endsWith(" 1"));
  }

  @Test
  void cardinalityLimits() throws IOException {
    refuseMany(byEnvironment("JAVA_METRICS_CARDINALITY_LIMIT=4"));
    assertThreeAndTheRest();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cardinality_limits: {default: 4} | ",
        "cardinality_limits: {default: 100, counter: 4} | ",
        " | aggregation_cardinality_limit: 4"
      })
  void cardinalityLimitsByFile(String reader, String stream) throws IOException {
    refuseMany(
        byFile(
            "  readers:\n"
                + reader("", reader == null ? "" : ", " + reader)
                + (stream == null
                    ? ""
                    : "  views:\n    - {selector: {instrument_name: netspan.connections},"
                        + " stream: {"
                        + stream
                        + "}}\n")));
    assertThreeAndTheRest();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // The Resource is not for views, unless they name what stands for it.
        // What views name is recorded if it could be.
        "included: [netspan.role, server.address]"
            + " | curl {netspan.role=client, server.address=10.0.0.2} 2,"
            + "nginx {netspan.role=client, server.address=10.0.0.2} 1",
        "included: ['*'], excluded: ['n*', error.type]"
            + " | curl {server.port=80} 2,nginx {server.port=80} 1",
        "included: [netspan.role] | curl {netspan.role=client} 2,nginx {netspan.role=client} 1",
        "excluded: ['n*', error.type] | curl {server.port=80} 2,nginx {server.port=80} 1",
        "excluded: ['n*', 'service.*', error.type] | netspan {server.port=80} 3",
        "excluded: ['n*', service.instance.id, error.type]"
            + " | netspan {server.port=80, service.name=curl} 2,netspan {server.port=80, service.name=nginx} 1",
      })
  void attributesByViews(String keys, String expected) throws IOException {
    refuseThree(
        byFile(
            "  readers:\n"
                + reader(", temporality_preference: delta", "")
                + "  views:\n    - {selector: {instrument_name: netspan.connections}, stream:"
                + " {attribute_keys: {"
                + keys
                + "}}}\n"));
    assertThat(server.sums(CONNECTIONS)).hasSameElementsAs(List.of(expected.split(",(?=\\S)", -1)));
  }

  @Test
  void viewsRenameAndDropWhatWasCounted() throws IOException {
    refuseThree(
        byFile(
            "  readers:\n"
                + reader("", "")
                + "  views:\n"
                + "    - {selector: {instrument_name: netspan.connections}, stream: {name: conns}}\n"
                + "    - {selector: {instrument_name: netspan.agent.series}, stream:"
                + " {aggregation: {drop: }}}\n"
                + "    - {selector: {instrument_name: netspan.connection.active}, stream:"
                + " {aggregation: {drop: }}}\n"));
    assertThat(server.metrics(CONNECTIONS)).isEmpty();
    assertThat(server.metrics("netspan.agent.series")).isEmpty();
    assertThat(server.sums("conns")).contains("curl" + REFUSED_80 + "2");
  }

  @Test
  void readersOfDifferentTemporalityGetTheSameCounts() throws IOException {
    try (MetricServer other = new MetricServer()) {
      refuseThree(
          byFile(
              "  readers:\n"
                  + reader(", temporality_preference: delta", "")
                  + "    - periodic: {exporter: {otlp_http: {endpoint: '"
                  + other.url()
                  + "'}}}\n"));
      assertThat(server.sums(CONNECTIONS)).contains("curl" + REFUSED_80 + "2").hasSize(2);
      assertThat(other.sums(CONNECTIONS)).contains("curl" + REFUSED_80 + "2").hasSize(4);
    }
  }

  @Test
  void theIntervalIsThatOfTheSettings() throws IOException {
    try (OpenTelemetryExport export = byEnvironment("METRIC_EXPORT_INTERVAL=50")) {
      assertExportedWithin(export);
    }
  }

  @Test
  void theIntervalIsThatOfTheFile() throws IOException {
    try (OpenTelemetryExport export = byFile("  readers:\n" + reader("", ", interval: 50"))) {
      assertExportedWithin(export);
    }
  }

  /** A new series is 0, and has its value an interval later. */
  private void assertExportedWithin(OpenTelemetryExport export) {
    new FakeMetrics(export.meter(), resources).refused(FakeProcess.CURL, 80);
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> server.sums(CONNECTIONS).contains("curl" + REFUSED_80 + "1"));
    assertThat(server.sums(CONNECTIONS)).startsWith("curl" + REFUSED_80 + "0");
    List<Metric> exported = server.metrics(CONNECTIONS);
    long delay =
        exported.stream()
                .flatMap(metric -> metric.getSum().getDataPointsList().stream())
                .filter(point -> point.getAsInt() == 1)
                .findFirst()
                .orElseThrow()
                .getTimeUnixNano()
            - exported.getFirst().getSum().getDataPoints(0).getTimeUnixNano();
    // The default is 10 s.
    assertThat(Duration.ofNanos(delay)).isPositive().isLessThan(Duration.ofSeconds(5));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static List<String> scrape(int port) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/metrics")).build(),
              HttpResponse.BodyHandlers.ofString())
          .body()
          .lines()
          .toList();
    }
  }

  private void assertScraped(OpenTelemetryExport export, int port)
      throws IOException, InterruptedException {
    FakeMetrics metrics = new FakeMetrics(export.meter(), resources);
    metrics.refused(FakeProcess.CURL, 80);
    metrics.refused(FakeProcess.CURL, 80);
    metrics.refused(FakeProcess.NGINX, 80);
    List<String> first = scrape(port);
    List<String> second = scrape(port);

    assertThat(first)
        .filteredOn(line -> line.startsWith("netspan_connections_total{"))
        .hasSize(2)
        .allMatch(line -> line.endsWith(" 0.0"));
    assertThat(second)
        .filteredOn(line -> line.startsWith("netspan_connections_total{"))
        .hasSize(2)
        .allMatch(line -> line.matches(".*service_instance_id=\"[0-9a-f-]{36}\".*"))
        .anyMatch(line -> line.contains("service_name=\"curl\"") && line.endsWith(" 2.0"))
        .anyMatch(line -> line.contains("service_name=\"nginx\"") && line.endsWith(" 1.0"));
    assertThat(second)
        .filteredOn(line -> line.startsWith("netspan_connection_duration_seconds_bucket{"))
        .anyMatch(line -> line.contains("service_name=\"curl\"") && line.contains("le=\"0.0025\""))
        .anyMatch(line -> line.contains("le=\"86400.0\""));
    assertThat(second).anyMatch(line -> line.startsWith("target_info{"));
  }

  @Test
  void prometheusByEnvironment() throws IOException, InterruptedException {
    int port = freePort();
    try (OpenTelemetryExport export =
        byEnvironment("METRICS_EXPORTER=prometheus EXPORTER_PROMETHEUS_PORT=" + port)) {
      assertThat(export.isAny()).isTrue();
      assertThat(export.describe()).contains("for Prometheus at http://localhost:" + port);
      assertScraped(export, port);
      try (Socket socket = new Socket()) {
        assertThatThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.2", port), 1_000))
            .as("only on the loopback address")
            .isInstanceOf(ConnectException.class);
      }
    }
    assertThat(server.requests()).isZero();
  }

  @Test
  void prometheusByFileBesidesOtlp() throws IOException, InterruptedException {
    int port = freePort();
    try (OpenTelemetryExport export =
        byFile(
            "  readers:\n"
                + "    - pull: {exporter: {prometheus/development: {port: "
                + port
                + "}}}\n"
                + reader("", ""))) {
      assertThat(export.describe())
          .contains(" and for Prometheus at http://localhost:" + port + "/metrics");
      assertScraped(export, port);
    }
    assertThat(server.sums(CONNECTIONS)).contains("curl" + REFUSED_80 + "2");
  }

  @Test
  void aPortThatIsTakenIsNamed() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      String settings = "METRICS_EXPORTER=prometheus EXPORTER_PROMETHEUS_PORT=";
      assertThatThrownBy(() -> byEnvironment(settings + taken.getLocalPort()))
          .isInstanceOf(ConfigException.class)
          .hasMessage(
              "OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT are localhost and "
                  + taken.getLocalPort()
                  + ": metrics cannot be offered there (Address already in use); write another"
                  + " host or port");
    }
  }
}
