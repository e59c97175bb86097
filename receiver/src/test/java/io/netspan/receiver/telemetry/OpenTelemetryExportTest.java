package io.netspan.receiver.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.config.ConfigException;
import io.netspan.config.ExporterSelection;
import io.netspan.receiver.track.FakeKernel;
import io.netspan.receiver.track.FakeProcess;
import io.netspan.receiver.track.FakeSocket;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
final class OpenTelemetryExportTest {
  /** Nobody listens there. */
  private static final String NOWHERE = "http://127.0.0.1:9";

  private static final SpanOutput NO_OUTPUT =
      new SpanOutput() {
        @Override
        public boolean wants(long nowNs) {
          return false;
        }

        @Override
        public void accept(NetworkSpan span) {
          throw new AssertionError("not wanted");
        }
      };

  private static OpenTelemetryExport start(Map<String, String> environment) {
    return OpenTelemetryExport.start(new ExporterSelection(environment));
  }

  /** What the real environment would say, which the SDK reads itself. */
  private static OpenTelemetryExport start(String property, String value) {
    System.setProperty(property, value);
    try {
      return start(Map.of("OTEL_TRACES_EXPORTER", "otlp"));
    } finally {
      System.clearProperty(property);
    }
  }

  private static void refusedConnects(FakeKernel kernel, int count) {
    for (int i = 0; i < count; i++) {
      FakeSocket client = kernel.client(0xc);
      client.open(FakeProcess.CURL);
      client.close(2, 111);
    }
  }

  @Test
  void withoutSettingsNothingIsExported() {
    try (OpenTelemetryExport export = start(Map.of())) {
      assertThat(export.exportsSpans()).isFalse();
      refusedConnects(FakeSpans.into(export, NO_OUTPUT), 10);
      assertThat(export.offered()).isZero();
      assertThat(export.notExported()).isZero();
    }
  }

  @Test
  void itIsCalledNetspan() {
    try (OpenTelemetryExport export = start(Map.of())) {
      assertThat(export.resource().get(AttributeKey.stringKey("service.name")))
          .isEqualTo("netspan");
    }
  }

  @Test
  void everySpanOfAnUnreachableBackendIsAccountedFor() {
    OpenTelemetryExport export = start("otel.exporter.otlp.traces.endpoint", NOWHERE);
    assertThat(export.exportsSpans()).isTrue();
    refusedConnects(FakeSpans.into(export, NO_OUTPUT), 101);
    export.close();

    assertThat(export.offered()).isEqualTo(101);
    assertThat(export.exported()).isZero();
    assertThat(export.exported() + export.failed() + export.notExported()).isEqualTo(101);
  }

  @Test
  void closingTwiceIsClosingOnce() {
    OpenTelemetryExport export = start(Map.of());
    export.close();
    export.close();
  }

  @Test
  void aSettingThatTheSdkCannotUseIsASettingsError() {
    assertThatThrownBy(() -> start("otel.traces.sampler", "no_such_sampler"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no_such_sampler");
  }

  // Sampling: by the trace id, so alike at both ends.

  @Test
  void allAreSampledUnlessToldOtherwise() {
    try (OpenTelemetryExport export = start(Map.of())) {
      assertThat(export.samples(1, "tcp", 80, SpanKind.CLIENT)).isTrue();
    }
  }

  @Test
  void aRatioKeepsItsShareAndBothEnds() {
    System.setProperty("otel.traces.sampler.arg", "0.25");
    try (OpenTelemetryExport export = start("otel.traces.sampler", "parentbased_traceidratio")) {
      SplittableRandom random = new SplittableRandom(1);
      int kept = 0;
      for (int i = 0; i < 100_000; i++) {
        long pair = random.nextLong();
        boolean client = export.samples(pair, "tcp", 80, SpanKind.CLIENT);
        assertThat(export.samples(pair, "tcp", 80, SpanKind.SERVER)).isEqualTo(client);
        kept += client ? 1 : 0;
      }
      assertThat(kept).isBetween(24_000, 26_000);
    } finally {
      System.clearProperty("otel.traces.sampler.arg");
    }
  }

  @Test
  void whatIsNotSampledIsNotOffered() {
    try (OpenTelemetryExport export = start("otel.traces.sampler", "always_off")) {
      refusedConnects(FakeSpans.into(export, NO_OUTPUT), 10);
      assertThat(export.offered()).isZero();
    }
  }
}
