package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExporterSelectionTest {
  /** {@code A=1 B=2}; other variables than the standard ones are left out in writing. */
  private static ExporterSelection of(String settings) {
    Map<String, String> environment = new HashMap<>();
    for (String setting : settings.split(" ", -1)) {
      String[] parts = setting.split("=", 2);
      if (parts.length == 2) {
        environment.put("OTEL_" + parts[0], parts[1]);
      }
    }
    return new ExporterSelection(environment);
  }

  @ParameterizedTest
  @CsvSource({
    "'', none, none",
    "EXPORTER_OTLP_ENDPOINT=http://a:4317, otlp, otlp",
    "EXPORTER_OTLP_ENDPOINT=, none, none",
    "EXPORTER_OTLP_TRACES_ENDPOINT=http://a:4317, otlp, none",
    "EXPORTER_OTLP_METRICS_ENDPOINT=http://a:4317, none, otlp",
    "TRACES_EXPORTER=otlp, otlp, none",
    "TRACES_EXPORTER=otlp METRICS_EXPORTER=otlp, otlp, otlp",
    "TRACES_EXPORTER=none EXPORTER_OTLP_ENDPOINT=http://a:4317, none, otlp",
    "SERVICE_NAME=x, none, none",
  })
  void whatIsExported(String settings, String traces, String metrics) {
    ExporterSelection selection = of(settings);

    assertThat(selection.traces()).isEqualTo(traces);
    assertThat(selection.metrics()).isEqualTo(metrics);
    assertThat(selection.isAny()).isEqualTo(!traces.equals("none") || !metrics.equals("none"));
    assertThat(selection.defaults())
        .containsEntry("otel.traces.exporter", traces)
        .containsEntry("otel.metrics.exporter", metrics)
        .containsEntry("otel.logs.exporter", "none");
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'exporting nothing; set OTEL_EXPORTER_OTLP_ENDPOINT to export over OTLP'",
    "EXPORTER_OTLP_ENDPOINT=http://a:4317,"
        + " 'exporting traces over OTLP/grpc to http://a:4317, metrics over OTLP/grpc to http://a:4317'",
    "TRACES_EXPORTER=otlp,"
        + " 'exporting traces over OTLP/grpc to http://localhost:4317, metrics to none'",
    "TRACES_EXPORTER=otlp EXPORTER_OTLP_PROTOCOL=http/protobuf,"
        + " 'exporting traces over OTLP/http/protobuf to http://localhost:4318, metrics to none'",
    "EXPORTER_OTLP_ENDPOINT=https://user:secret@a:4317 METRICS_EXPORTER=none,"
        + " 'exporting traces over OTLP/grpc to https://a:4317, metrics to none'",
  })
  void oneLineSaysWhatGoesWhere(String settings, String line) {
    assertThat(of(settings).describe()).isEqualTo(line);
  }

  @Test
  void headersAreNeverShown() {
    assertThat(
            of("EXPORTER_OTLP_ENDPOINT=http://a:4317 EXPORTER_OTLP_HEADERS=key=secret").describe())
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EXPORTER_OTLP_ENDPOINT=http://user:se@cret@a:4317",
        "EXPORTER_OTLP_ENDPOINT=http://user:se/cret@a:4317",
        "EXPORTER_OTLP_ENDPOINT=user:secret@a:4317",
      })
  void aSecretInAnEndpointThatIsNoUrlIsNotShown(String settings) {
    assertThatThrownBy(() -> of(settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("OTEL_EXPORTER_OTLP_ENDPOINT")
        .hasMessageNotContainingAny("cret");
  }

  @ParameterizedTest
  @CsvSource({
    "TRACES_EXPORTER=zipkin, OTEL_TRACES_EXPORTER, zipkin",
    "METRICS_EXPORTER=prometheus, OTEL_METRICS_EXPORTER, prometheus",
    "EXPORTER_OTLP_PROTOCOL=http/json, OTEL_EXPORTER_OTLP_PROTOCOL, http/json",
    "EXPORTER_OTLP_TRACES_PROTOCOL=x, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, x",
    "EXPORTER_OTLP_ENDPOINT=localhost:4317, OTEL_EXPORTER_OTLP_ENDPOINT, localhost",
    "EXPORTER_OTLP_METRICS_ENDPOINT=ftp://a, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, ftp",
  })
  void whatCannotBeUsedIsNamed(String settings, String variable, String value) {
    assertThatThrownBy(() -> of(settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(variable)
        .hasMessageContaining(value)
        .hasMessageContaining("write");
  }

  @ParameterizedTest
  @CsvSource({
    "EXPORTER_OTLP_ENDPOINT=http://a:4317, a, 4317, OTEL_EXPORTER_OTLP_ENDPOINT",
    "EXPORTER_OTLP_ENDPOINT=https://a, a, 443, OTEL_EXPORTER_OTLP_ENDPOINT",
    "EXPORTER_OTLP_ENDPOINT=http://[::1], [::1], 80, OTEL_EXPORTER_OTLP_ENDPOINT",
    "EXPORTER_OTLP_TRACES_ENDPOINT=http://b:1, b, 1, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "TRACES_EXPORTER=otlp, localhost, 4317, OTEL_EXPORTER_OTLP_ENDPOINT",
  })
  void endpoints(String settings, String host, int port, String variable) {
    assertThat(of(settings).endpoints())
        .first()
        .isEqualTo(new ExporterSelection.Endpoint("traces", host, port, variable));
  }
}
