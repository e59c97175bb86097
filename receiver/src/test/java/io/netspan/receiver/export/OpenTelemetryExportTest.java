package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netspan.config.ConfigException;
import io.netspan.config.env.ExporterSelection;
import io.netspan.receiver.tcp.FakeKernel;
import io.netspan.receiver.tcp.FakeProcess;
import io.netspan.receiver.tcp.FakeSocket;
import io.netspan.receiver.telemetry.CollectedSpans;
import io.netspan.receiver.telemetry.FakeSpans;
import io.netspan.receiver.telemetry.NetworkSpan;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
final class OpenTelemetryExportTest {
  /** An endpoint on which nothing listens. */
  private static final String NOWHERE = "http://127.0.0.1:9";

  private static OpenTelemetryExport start(Map<String, String> environment) {
    return OpenTelemetryExport.start(new ExporterSelection(environment));
  }

  /** Starts an export with system properties, which are read like environment variables. */
  private static OpenTelemetryExport started(String... properties) {
    System.setProperty("otel.traces.exporter", "otlp");
    for (String property : properties) {
      String[] parts = property.split("=", 2);
      System.setProperty(parts[0], parts[1]);
    }
    try {
      return OpenTelemetryExport.start(ExporterSelection.ofThisProcess());
    } finally {
      System.clearProperty("otel.traces.exporter");
      for (String property : properties) {
        System.clearProperty(property.split("=", 2)[0]);
      }
    }
  }

  private static void refusedConnects(FakeKernel kernel, int count) {
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
  }

  /** An id that changed at each start would make every restart look like a new sender. */
  @Test
  void theSdkGeneratesNoInstanceId() {
    try (OpenTelemetryExport export = started()) {
      assertThat(export.resource().get(AttributeKey.stringKey("service.instance.id"))).isNull();
    }
  }

  @Test
  void withoutSettingsNothingIsExported() {
    try (OpenTelemetryExport export = start(Map.of())) {
      assertThat(export.exportsSpans()).isFalse();
      refusedConnects(FakeSpans.into(export), 10);
      assertThat(export.offered()).isZero();
      assertThat(export.queueFull()).isZero();
    }
  }

  @Test
  void theServiceNameIsNetspan() {
    try (OpenTelemetryExport export = start(Map.of())) {
      assertThat(export.resource().get(AttributeKey.stringKey("service.name")))
          .isEqualTo("netspan");
    }
  }

  @Test
  void everySpanOfAnUnreachableBackendIsAccountedFor() {
    OpenTelemetryExport export = started("otel.exporter.otlp.traces.endpoint=" + NOWHERE);
    assertThat(export.exportsSpans()).isTrue();
    refusedConnects(FakeSpans.into(export), 101);
    export.close();

    assertThat(export.offered()).isEqualTo(101);
    assertThat(export.exported()).isZero();
    assertThat(export.exported() + export.failed() + export.unsent()).isEqualTo(101);
  }

  @Test
  void closingTwiceHasNoEffect() {
    OpenTelemetryExport export = start(Map.of());
    export.close();
    export.close();
  }

  @Test
  void aSettingThatTheSdkCannotUseIsASettingsError() {
    assertThatThrownBy(() -> started("otel.traces.sampler=no_such_sampler"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no_such_sampler");
  }

  // Sampling is by the trace id, and therefore the same at both ends.

  @Test
  void everyConnectionIsSampledByDefault() {
    try (OpenTelemetryExport export = start(Map.of())) {
      assertThat(export.samples(1, "tcp", 80, SpanKind.CLIENT)).isTrue();
    }
  }

  @Test
  void aRatioKeepsItsShareAndBothEndsOfAConnection() {
    try (OpenTelemetryExport export =
        started("otel.traces.sampler=parentbased_traceidratio", "otel.traces.sampler.arg=0.25")) {
      SplittableRandom random = new SplittableRandom(1);
      int kept = 0;
      for (int i = 0; i < 100_000; i++) {
        long pair = random.nextLong();
        boolean client = export.samples(pair, "tcp", 80, SpanKind.CLIENT);
        assertThat(export.samples(pair, "tcp", 80, SpanKind.SERVER)).isEqualTo(client);
        kept += client ? 1 : 0;
      }
      assertThat(kept).isBetween(24_000, 26_000);
    }
  }

  @Test
  void unsampledSpansAreNotOffered() {
    try (OpenTelemetryExport export = started("otel.traces.sampler=always_off")) {
      refusedConnects(FakeSpans.into(export), 10);
      assertThat(export.offered()).isZero();
    }
  }

  // Accounting for spans.

  @Test
  void whatASilentBackendDoesNotTakeIsCounted() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      OpenTelemetryExport export =
          started(
              "otel.exporter.otlp.traces.endpoint=http://127.0.0.1:" + silent.getLocalPort(),
              "otel.exporter.otlp.timeout=200",
              "otel.bsp.max.queue.size=64",
              "otel.bsp.max.export.batch.size=16",
              "otel.bsp.schedule.delay=3600000");
      refusedConnects(FakeSpans.into(export), 500);

      assertThat(export.unsent()).isZero();
      export.close();
      assertThat(export.offered()).isEqualTo(500);
      assertThat(export.exported() + export.failed()).isZero();
      assertThat(export.queueFull() + export.unsent()).isEqualTo(500);
    }
  }

  @Test
  void spansAndPointsThatABackendRejectsAreCountedAsRejected() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    AtomicInteger ofMetrics = new AtomicInteger();
    server.createContext("/v1/traces", exchange -> rejects(exchange, 3));
    server.createContext(
        "/v1/metrics",
        exchange -> {
          ofMetrics.incrementAndGet();
          rejects(exchange, 1);
        });
    server.start();
    try {
      OpenTelemetryExport export =
          started(
              "otel.exporter.otlp.endpoint=http://127.0.0.1:" + server.getAddress().getPort(),
              "otel.metrics.exporter=otlp",
              "otel.exporter.otlp.protocol=http/protobuf");
      refusedConnects(FakeSpans.into(export), 10);
      export.meter().counterBuilder("netspan.test").build().add(1);
      export.close();

      assertThat(export.exported()).isEqualTo(7);
      assertThat(export.rejected()).isEqualTo(3);
      assertThat(export.failed() + export.unsent()).isZero();
      assertThat(export.pointsRejected()).isEqualTo(ofMetrics.get()).isPositive();
      assertThat(export.pointsFailed()).isZero();
    } finally {
      server.stop(0);
    }
  }

  private static void rejects(HttpExchange exchange, int count) throws IOException {
    exchange.getRequestBody().readAllBytes();
    byte[] answer = {0x0a, 2, 8, (byte) count};
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  // The description, and settings without an effect.

  @Test
  void aDisabledSdkExportsNothingAndReportsIt() {
    try (OpenTelemetryExport export =
        started("otel.sdk.disabled=true", "otel.exporter.otlp.endpoint=" + NOWHERE)) {
      assertThat(export.exportsSpans()).isFalse();
      assertThat(export.describe()).isEqualTo("exporting nothing, since OTEL_SDK_DISABLED is true");
    }
  }

  @Test
  void theDescriptionNamesTheConfiguredExporters() {
    try (OpenTelemetryExport export = started("otel.exporter.otlp.traces.endpoint=" + NOWHERE)) {
      assertThat(export.describe())
          .isEqualTo("exporting traces over OTLP/grpc to " + NOWHERE + ", no metrics");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "otel.propagators=tracecontext,baggage,b3",
        "otel.propagators=xray",
        "otel.logs.exporter=console",
        "otel.traces.sampler.arg=endpoint=http://a",
        "otel.metric.export.interval=0",
        "otel.blrp.max.queue.size=none",
        "otel.traces.sampler=",
        "otel.exporter.otlp.compression=",
        "otel.exporter.otlp.certificate=",
        "otel.exporter.otlp.client.key=",
        "otel.bsp.max.queue.size=",
      })
  void settingsWithoutAnEffectAreAccepted(String property) {
    try (OpenTelemetryExport export = started(property)) {
      assertThat(export.exportsSpans()).isTrue();
    }
  }

  @Test
  void spansObserveTheLimits() {
    List<NetworkSpan> spans = new ArrayList<>();
    try (OpenTelemetryExport export =
        started(
            "otel.attribute.count.limit=9",
            "otel.span.attribute.count.limit=4",
            "otel.attribute.value.length.limit=3")) {
      connect(FakeSpans.into(export, new CollectedSpans(spans)));
    }
    NetworkSpan span = spans.getLast();

    assertThat(span.getAttributes().size()).isEqualTo(4);
    assertThat(span.getTotalAttributeCount()).isGreaterThan(20);
    assertThat(span.getAttribute(AttributeKey.stringKey("network.type"))).isEqualTo("ipv");
    assertThat(span.getEvents()).hasSize(1);
  }

  @Test
  void eventsObserveTheLimits() {
    List<NetworkSpan> spans = new ArrayList<>();
    try (OpenTelemetryExport export =
        started("otel.span.event.count.limit=0", "otel.event.attribute.count.limit=2")) {
      assertThat(export.limits().getMaxNumberOfAttributesPerEvent()).isEqualTo(2);
      connect(FakeSpans.into(export, new CollectedSpans(spans)));
    }

    assertThat(spans.getLast().getEvents()).isEmpty();
    assertThat(spans.getLast().getTotalRecordedEvents()).isEqualTo(1);
  }

  @Test
  void withoutLimitsNothingIsDropped() {
    List<NetworkSpan> spans = new ArrayList<>();
    try (OpenTelemetryExport export = start(Map.of())) {
      connect(FakeSpans.into(export, new CollectedSpans(spans)));
    }
    NetworkSpan span = spans.getLast();

    assertThat(span.getAttributes().size()).isEqualTo(span.getTotalAttributeCount());
    assertThat(span.getEvents()).hasSize(span.getTotalRecordedEvents());
  }

  private static void connect(FakeKernel kernel) {
    FakeSocket client = kernel.client(0xc);
    client.open(FakeProcess.CURL);
    client.established();
    client.closesFirst(FakeProcess.CURL);
    client.close(5);
  }
}
