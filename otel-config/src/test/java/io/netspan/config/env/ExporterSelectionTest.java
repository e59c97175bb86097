package io.netspan.config.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.config.ConfigException;
import io.netspan.config.Signal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    "METRICS_EXPORTER=prometheus, none, prometheus",
    "'METRICS_EXPORTER=prometheus,otlp', none, 'otlp,prometheus'",
    "METRICS_EXPORTER=prometheus EXPORTER_OTLP_ENDPOINT=http://a:4317, otlp, prometheus",
    "SERVICE_NAME=x, none, none",
    "SDK_DISABLED=true EXPORTER_OTLP_ENDPOINT=http://a:4317, none, none",
    "SDK_DISABLED=false EXPORTER_OTLP_ENDPOINT=http://a:4317, otlp, otlp",
  })
  void whatIsExported(String settings, String traces, String metrics) {
    ExporterSelection selection = of(settings);

    assertThat(selection.exports(Signal.TRACES)).isEqualTo(traces.equals("otlp"));
    assertThat(selection.exports(Signal.METRICS)).isEqualTo(metrics.contains("otlp"));
    assertThat(selection.isAny()).isEqualTo(!traces.equals("none") || !metrics.equals("none"));
    assertThat(selection.overrides())
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
        + " 'exporting traces over OTLP/grpc to http://localhost:4317, no metrics'",
    "TRACES_EXPORTER=otlp EXPORTER_OTLP_PROTOCOL=http/protobuf,"
        + " 'exporting traces over OTLP/http/protobuf to http://localhost:4318, no metrics'",
    "EXPORTER_OTLP_ENDPOINT=https://user:secret@a:4317 METRICS_EXPORTER=none,"
        + " 'exporting traces over OTLP/grpc to https://a:4317, no metrics'",
    "METRICS_EXPORTER=prometheus,"
        + " 'exporting no traces, metrics for Prometheus at http://localhost:9464/metrics'",
    "'METRICS_EXPORTER=otlp,prometheus EXPORTER_PROMETHEUS_PORT=1 EXPORTER_PROMETHEUS_HOST=::1',"
        + " 'exporting no traces, metrics over OTLP/grpc to http://localhost:4317 and for Prometheus at http://[::1]:1/metrics'",
    "SDK_DISABLED=True EXPORTER_OTLP_ENDPOINT=http://a:4317,"
        + " 'exporting nothing, since OTEL_SDK_DISABLED is true'",
  })
  void oneLineSaysWhatGoesWhere(String settings, String line) {
    assertThat(of(settings).describe()).isEqualTo(line);
  }

  @Test
  void aSwitchThatIsNeitherOnNorOffIsOffAndWarnedOf() {
    ExporterSelection selection = of("SDK_DISABLED=yes EXPORTER_OTLP_ENDPOINT=http://a:4317");

    assertThat(selection.isAny()).isTrue();
    assertThat(selection.warnings())
        .containsExactly("OTEL_SDK_DISABLED is 'yes', which counts as false: write true or false");
    assertThat(of("SDK_DISABLED=FALSE").warnings()).isEmpty();
  }

  @Test
  void aFileDecidesAlone() {
    ExporterSelection selection =
        of("CONFIG_FILE=/etc/otel.yaml TRACES_EXPORTER=zipkin SERVICE_NAME=a SDK_DISABLED=yes");

    assertThat(selection.file()).hasToString("Optional[/etc/otel.yaml]");
    assertThat(selection.isAny()).isFalse();
    assertThat(selection.warnings()).isEmpty();
    assertThat(selection.ignored("a: ${OTEL_SERVICE_NAME:-b}, c: ${env:OTEL_SDK_DISABLED}"))
        .containsExactly("OTEL_TRACES_EXPORTER");
    assertThat(of("CONFIG_FILE= TRACES_EXPORTER=otlp").isAny()).isTrue();
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

  @Test
  void whatIsSaidIsOfWhatWasBuilt() {
    ExporterSelection selection = of("EXPORTER_OTLP_ENDPOINT=http://a:4317");

    assertThat(selection.describe(Set.of(Signal.METRICS)))
        .isEqualTo("exporting no traces, metrics over OTLP/grpc to http://a:4317");
    assertThat(selection.describe(Set.of())).startsWith("exporting nothing");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "TRACES_EXPORTER=zipkin, OTEL_TRACES_EXPORTER is 'zipkin'",
        "METRICS_EXPORTER=zipkin, OTEL_METRICS_EXPORTER is 'zipkin'",
        "METRICS_EXPORTER=prometheus EXPORTER_PROMETHEUS_PORT=x, OTEL_EXPORTER_PROMETHEUS_PORT is 'x'",
        "METRICS_EXPORTER=prometheus METRIC_EXPORT_INTERVAL=0, OTEL_METRIC_EXPORT_INTERVAL is '0'",
        "EXPORTER_OTLP_PROTOCOL=http/json, OTEL_EXPORTER_OTLP_PROTOCOL is 'http/json'",
        "EXPORTER_OTLP_TRACES_PROTOCOL=x, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL is 'x'",
        "EXPORTER_OTLP_ENDPOINT=localhost:4317, OTEL_EXPORTER_OTLP_ENDPOINT is 'localhost:4317'",
        "EXPORTER_OTLP_METRICS_ENDPOINT=ftp://a, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is 'ftp://a'",
        "EXPORTER_OTLP_ENDPOINT=http://a:99999, OTEL_EXPORTER_OTLP_ENDPOINT is 'http://a:99999'",
        "EXPORTER_OTLP_ENDPOINT=http://a:1/x, OTEL_EXPORTER_OTLP_ENDPOINT is 'http://a:1/x'",
        "EXPORTER_OTLP_TRACES_ENDPOINT=http://a:1/?x, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is",
        "EXPORTER_OTLP_COMPRESSION=zstd, OTEL_EXPORTER_OTLP_COMPRESSION is 'zstd'",
        "EXPORTER_OTLP_METRICS_COMPRESSION=x, OTEL_EXPORTER_OTLP_METRICS_COMPRESSION is 'x'",
        "EXPORTER_OTLP_TIMEOUT=soon, OTEL_EXPORTER_OTLP_TIMEOUT is 'soon'",
        "EXPORTER_OTLP_TRACES_TIMEOUT=-1, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT is '-1'",
        "TRACES_SAMPLER=no_such, OTEL_TRACES_SAMPLER is 'no_such'",
        "TRACES_SAMPLER=traceidratio TRACES_SAMPLER_ARG=150, OTEL_TRACES_SAMPLER_ARG is '150'",
        "TRACES_SAMPLER=parentbased_traceidratio TRACES_SAMPLER_ARG=x, OTEL_TRACES_SAMPLER_ARG is",
        "BSP_MAX_QUEUE_SIZE=0, OTEL_BSP_MAX_QUEUE_SIZE is '0'",
        "BSP_SCHEDULE_DELAY=1y, OTEL_BSP_SCHEDULE_DELAY is '1y'",
        "SPAN_ATTRIBUTE_COUNT_LIMIT=-1, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT is '-1'",
        "METRIC_EXPORT_INTERVAL=0, OTEL_METRIC_EXPORT_INTERVAL is '0'",
        "JAVA_METRICS_CARDINALITY_LIMIT=0, OTEL_JAVA_METRICS_CARDINALITY_LIMIT is '0'",
        "RESOURCE_ATTRIBUTES=abc, OTEL_RESOURCE_ATTRIBUTES has 'abc'",
        "EXPORTER_OTLP_CERTIFICATE=/no/ca.pem, OTEL_EXPORTER_OTLP_CERTIFICATE: the file '/no/ca.pem'",
      })
  void whatCannotBeUsedIsNamed(String settings, String named) {
    String exporting = settings.contains("ENDPOINT") ? "" : "EXPORTER_OTLP_ENDPOINT=https://a ";
    assertThatThrownBy(() -> of(exporting + settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(named)
        .message()
        .containsAnyOf("write", "must be", "does not exist");
  }

  /** They are set for all programs of a machine, and the agent has no use for them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "TRACES_SAMPLER=xray EXPORTER_OTLP_METRICS_ENDPOINT=http://a",
        "TRACES_SAMPLER_ARG=endpoint=http://a EXPORTER_OTLP_ENDPOINT=http://a",
        "METRIC_EXPORT_INTERVAL=0 EXPORTER_OTLP_TRACES_ENDPOINT=http://a",
        "EXPORTER_OTLP_COMPRESSION=zstd EXPORTER_OTLP_HEADERS=x EXPORTER_OTLP_PROTOCOL=http/json",
        "EXPORTER_OTLP_CERTIFICATE=/no/such/file",
        "EXPORTER_OTLP_CERTIFICATE=/no/such/file EXPORTER_OTLP_ENDPOINT=http://a",
        "SDK_DISABLED=true EXPORTER_OTLP_ENDPOINT=x TRACES_EXPORTER=console",
        "PROPAGATORS=xray LOGS_EXPORTER=console EXPORTER_OTLP_ENDPOINT=http://a",
        "BLRP_MAX_QUEUE_SIZE=x EXPORTER_OTLP_ENDPOINT=http://a",
      })
  void whatIsOfNoUseDoesNotStop(String settings) {
    ExporterSelection selection = of(settings);

    assertThat(selection.overrides()).containsEntry("otel.propagators", "none");
  }

  @Test
  void whatIsOfNoUseIsHiddenFromTheSdk() {
    assertThat(of("EXPORTER_OTLP_TRACES_ENDPOINT=http://a").hidden())
        .contains("otel.metric.export.interval", "otel.traces.sampler.arg")
        .doesNotContain("otel.traces.sampler", "otel.bsp.schedule.delay");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "authorization=Basic dXNl+jpw/A==; Basic dXNl%2Bjpw/A==",
        "a=b%2Bc%20d; b%2Bc%20d",
        "a=100%; 100%25",
        "a=%zz; %25zz",
      },
      delimiter = ';')
  void headersAreEncodedForADecoderOfForms(String headers, String value) {
    for (String infix : List.of("", "TRACES_")) {
      String variable = "OTEL_EXPORTER_OTLP_" + infix + "HEADERS";
      assertThat(
              new ExporterSelection(
                      Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a", variable, headers))
                  .overrides())
          .containsEntry(
              Variables.property(variable), headers.substring(0, headers.indexOf('=') + 1) + value);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3cret", "a=b,s3cret", "na me=s3cret", "a=s3cret%0a", "a-bin=s3cret"})
  void aHeaderThatCannotBeSentIsNamedButNotShown(String headers) {
    assertThatThrownBy(
            () ->
                new ExporterSelection(
                    Map.of(
                        "OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://a",
                        "OTEL_EXPORTER_OTLP_HEADERS",
                        headers)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("OTEL_EXPORTER_OTLP_HEADERS: the header at place")
        .hasMessageNotContaining("s3cret");
  }

  @ParameterizedTest
  @CsvSource({
    "EXPORTER_OTLP_ENDPOINT=http://a:4317, a, 4317, OTEL_EXPORTER_OTLP_ENDPOINT",
    "EXPORTER_OTLP_ENDPOINT=https://a, a, 443, OTEL_EXPORTER_OTLP_ENDPOINT",
    "EXPORTER_OTLP_ENDPOINT=http://[::1], [::1], 80, OTEL_EXPORTER_OTLP_ENDPOINT",
    "EXPORTER_OTLP_TRACES_ENDPOINT=http://b:1, b, 1, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "EXPORTER_OTLP_ENDPOINT=http://otel_collector:24601, otel_collector, 24601, OTEL_EXPORTER_OTLP_ENDPOINT",
    "TRACES_EXPORTER=otlp, localhost, 4317, OTEL_EXPORTER_OTLP_ENDPOINT",
  })
  void endpoints(String settings, String host, int port, String variable) {
    ExporterSelection.Endpoint endpoint = of(settings).endpoints().getFirst();

    assertThat(endpoint.signal()).isEqualTo("traces");
    assertThat(endpoint.url().host()).isEqualTo(host);
    assertThat(endpoint.url().port()).isEqualTo(port);
    assertThat(endpoint.variable()).isEqualTo(variable);
  }

  @Test
  void aUnixSocketHasNoPathOfTheSignalButOverHttp() {
    String name = "otel.exporter.otlp.traces.endpoint";
    String grpc = of("EXPORTER_OTLP_TRACES_ENDPOINT=unix:///run/a.sock").overrides().get(name);
    String http =
        of("EXPORTER_OTLP_TRACES_ENDPOINT=unix:///run/a.sock"
                + " EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf")
            .overrides()
            .get(name);

    assertThat(grpc).endsWith("netspan-unix-socket");
    assertThat(http).isEqualTo(grpc + "/v1/traces");
  }

  @Test
  void aUnixSocketWithoutAnAbsolutePathIsAProblem() {
    assertThatThrownBy(() -> of("EXPORTER_OTLP_ENDPOINT=unix:run/a.sock"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("write a URL such as unix:///run/otelcol.sock");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ENDPOINT=http://h:4318/v1/traces | ENDPOINT is 'http://h:4318/v1/traces': OTLP over gRPC has no path; for OTLP over HTTP set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf and write the URL without /v1/traces, for gRPC write a URL without a path",
        "TRACES_ENDPOINT=http://h:4318/v1/traces | TRACES_ENDPOINT is 'http://h:4318/v1/traces': OTLP over gRPC has no path; for OTLP over HTTP set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf, for gRPC write a URL without a path",
      })
  void aPathWithGrpcIsProbablyMeantForHttp(String variable, String sentence) {
    String[] parts = variable.split("=", 2);

    assertThatThrownBy(
            () -> new ExporterSelection(Map.of("OTEL_EXPORTER_OTLP_" + parts[0], parts[1])))
        .isInstanceOf(ConfigException.class)
        .hasMessage("OTEL_EXPORTER_OTLP_" + sentence);
  }

  @ParameterizedTest
  @CsvSource({
    "ENDPOINT, http://h:4318/v1/traces, 1",
    "ENDPOINT, http://h:4318/otlp, 0",
    "TRACES_ENDPOINT, http://h:4318/v1/traces, 0",
  })
  void aPathThatTheSdkAppendsIsWarnedOfOnce(String variable, String url, int warnings) {
    ExporterSelection selection =
        new ExporterSelection(
            Map.of(
                "OTEL_EXPORTER_OTLP_" + variable,
                url,
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/protobuf"));

    assertThat(selection.warnings())
        .hasSize(warnings)
        .allMatch(
            warning ->
                warning.equals(
                    "OTEL_EXPORTER_OTLP_ENDPOINT is 'http://h:4318/v1/traces': /v1/traces and"
                        + " /v1/metrics are appended to it; write the URL without /v1/traces"));
  }
}
