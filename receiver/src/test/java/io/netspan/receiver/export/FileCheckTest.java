package io.netspan.receiver.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netspan.config.ConfigException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sentences about a configuration file that cannot be used. */
final class FileCheckTest {
  private static final String BATCH = "tracer_provider.processors[0].batch";

  private static List<String> warnings(String content) {
    return FileCheck.warnings(Path.of("otel.yaml"), "file_format: '1.1'\n" + content);
  }

  private static String batch(String text) {
    return "tracer_provider:\n  processors:\n    - batch: {" + text + "}\n";
  }

  private static void checkRefused(String content, String... sentences) {
    assertThatThrownBy(() -> warnings(content))
        .isInstanceOfSatisfying(
            ConfigException.class, e -> assertThat(e.problems()).containsExactly(sentences));
  }

  @Test
  void eachProblemIsOneLineWithPlaceAndRemedy() {
    checkRefused(
        """
        tracer_provider:
          processors:
            - batch:
                schedule_dealy: 5
                max_queue_size: many
                exporter: {zipkin: {endpoint: x}}
            - foo: {}
          sampler: always_on
        """,
        "otel.yaml:5: " + BATCH + " has no key 'schedule_dealy': write schedule_delay",
        "otel.yaml:6: " + BATCH + ".max_queue_size is 'many': write a whole number",
        "otel.yaml:7: " + BATCH + ".exporter has no key 'zipkin': write otlp_grpc or otlp_http",
        "otel.yaml:8: tracer_provider.processors[1] has no key 'foo': write batch or simple",
        "otel.yaml:9: tracer_provider.sampler is 'always_on': write keys and values, such as"
            + " always_off:");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "schedule_delay: 1 | has no exporter: write exporter: with otlp_grpc or otlp_http",
        "exporter: {} | .exporter is empty: write otlp_grpc or otlp_http",
        "exporter: {console: } | .exporter has no key 'console': write otlp_grpc or otlp_http",
        "exporter: {otlp_grpc: {endpoint: 'http://h:4317/v1/traces'}} | .exporter.otlp_grpc.endpoint is 'http://h:4317/v1/traces': OTLP over gRPC has no path; for OTLP over HTTP write otlp_http, for gRPC a URL without a path",
        "exporter: {otlp_grpc: {endpoint: 'user:secret@h'}} | .exporter.otlp_grpc.endpoint is 'h': write a URL such as http://127.0.0.1:4317 or unix:///run/otelcol.sock",
        "exporter: {otlp_http: {encoding: json}} | .exporter.otlp_http.encoding is 'json': netspan sends protobuf only, remove it",
        "exporter: {otlp_http: {compression: zstd}} | .exporter.otlp_http.compression is 'zstd': write gzip or none",
        "exporter: {otlp_http: {headers: {a: b}}} | .exporter.otlp_http.headers has keys: write a list, each item after a hyphen",
        "max_queue_size: '${NETSPAN_NO_SUCH:-none}', exporter: {otlp_http: } | .max_queue_size is 'none': write a whole number",
        "max_queue_size: 0, exporter: {otlp_http: } | .max_queue_size is '0': write 1 or more",
        "exporter: {otlp_http: , otlp_grpc: } | .exporter has 2 keys: keep one of them",
        "exporter: {otlp_http: {endpoint: ''}} | .exporter.otlp_http.endpoint is '': write a URL such as http://127.0.0.1:4318/v1/traces or unix:///run/otelcol.sock",
        "exporter: {otlp_http: {endpoint: 'http://h/x?token=secret'}} | .exporter.otlp_http.endpoint is 'http://h/x?...': a URL for OTLP has no query and no fragment, write it without",
        "exporter: {otlp_http: {headers: [{name: a, value: \"secret\\nb\"}]}} | .exporter.otlp_http.headers[0].value (not shown) is wrong: a header's value is printable ASCII, write that",
        "exporter: {otlp_grpc: {headers: [{name: 'a b', value: c}]}} | .exporter.otlp_grpc.headers[0].name (not shown) is wrong: a header's name has letters, digits, hyphens, underscores and dots, write such a name",
        "exporter: {otlp_grpc: {headers: [{value: secret}]}} | .exporter.otlp_grpc.headers[0] has no name: write name:",
        "exporter: {otlp_grpc: {headers: [null]}} | .exporter.otlp_grpc.headers[0] is empty: remove the item, or write its value",
        "schedule_delay: '$${A}', exporter: {otlp_http: } | .schedule_delay is '${A}': write a whole number",
        "schedule_delay: \"a\\e[31m\\nb\", exporter: {otlp_http: } | .schedule_delay is 'a?[31m?b': write a whole number",
        "schedule_delay: [1], exporter: {otlp_http: } | .schedule_delay has several values: write a whole number",
      })
  void aBatchThatCannotBeUsed(String text, String sentence) {
    String separator = sentence.startsWith(".") ? "" : " ";

    checkRefused(batch(text), "otel.yaml:4: " + BATCH + separator + sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resource: {attributes: {a: b}} | otel.yaml:2: resource.attributes has keys: write a list, each item after a hyphen",
        "disabled: maybe | otel.yaml:2: disabled is 'maybe': write true or false",
        "file_format: '1.1' | otel.yaml:2: the key 'file_format' is there twice: remove one",
        "tracer_provider: {sampler: {trace_id_ratio_based: {ratio: 150}}} | otel.yaml:2: tracer_provider.sampler.trace_id_ratio_based.ratio is '150': write a number from 0 to 1, such as 0.25",
        "meter_provider: {readers: [{periodic: {exporter: {otlp_grpc: {temporality_preference: foo}}}}]} | otel.yaml:2: meter_provider.readers[0].periodic.exporter.otlp_grpc.temporality_preference is 'foo': write cumulative, delta or low_memory",
        "meter_provider: {readers: [{pull: {exporter: {prometheus/development: {port: 99999}}}}]} | otel.yaml:2: meter_provider.readers[0].pull.exporter.prometheus/development.port is '99999': write a port, from 0 to 65535",
        "meter_provider: {readers: [{pull: {cardinality_limits: {default: 0}, exporter: {prometheus/development: }}}]} | otel.yaml:2: meter_provider.readers[0].pull.cardinality_limits.default is '0': write 1 or more",
        "attribute_limits: {attribute_count_limit: 99999999999} | otel.yaml:2: attribute_limits.attribute_count_limit is '99999999999': write a whole number",
        "attribute_limits: {attribute_value_length_limit: -2} | otel.yaml:2: attribute_limits.attribute_value_length_limit is '-2': write 0 or more",
        "tracer_provider: {processors: [{batch: {exporter: {otlp_grpc: }}, simple: {exporter: {otlp_http: }}}]} | otel.yaml:2: tracer_provider.processors[0] has 2 keys: keep one of them",
        "tracer_provider: {processors: [null]} | otel.yaml:2: tracer_provider.processors[0] is empty: remove the item, or write its value",
        "meter_provider: {views: [{selector: , stream: {name: a}}]} | otel.yaml:2: meter_provider.views[0] has no selector: write selector:",
        "resource: &r {attributes: &a [*a]} | otel.yaml:2: *a contains itself: write its value",
        "x-a: &a [*a] | otel.yaml:2: *a contains itself: write its value",
        "tracer_provider: [ | otel.yaml:3: this is not valid YAML: expected the node content, but found '<stream end>'",
      })
  void aFileThatCannotBeUsed(String content, String sentence) {
    checkRefused(content + "\n", sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file_format: '9' | otel.yaml:1: file_format is '9': write '1.0' or '1.1'",
        "disabled: true | otel.yaml:1: there is no file_format: write file_format: '1.1'",
        "just text | otel.yaml:1: the file is 'just text': write keys and values, such as file_format:",
        "file_format: | otel.yaml:1: there is no file_format: write file_format: '1.1'",
        "- a | otel.yaml:1: the file is a list: write keys and values, such as file_format:",
      })
  void aFileOfAnotherFormat(String content, String sentence) {
    assertThatThrownBy(() -> FileCheck.warnings(Path.of("otel.yaml"), content))
        .isInstanceOf(ConfigException.class)
        .hasMessage(sentence);
  }

  @Test
  void anAliasIsCheckedAsEachTypeThatItHas() {
    checkRefused(
        "resource: &r {attributes: []}\ntracer_provider: *r\n",
        "otel.yaml:2: tracer_provider has no key 'attributes': write id_generator, limits,"
            + " processors, sampler or tracer_configurator/development");
  }

  @Test
  void nestingHasALimit() {
    checkRefused(
        "x-a: " + "[".repeat(5_000) + "]".repeat(5_000),
        "otel.yaml:2: there are more than 100 levels: write fewer");
    checkRefused(
        "x-a: " + "{a: ".repeat(5_000) + "}".repeat(5_000),
        "otel.yaml:2: there are more than 100 levels: write fewer");
    assertThat(warnings("x-a: " + "[".repeat(90) + "]".repeat(90))).isEmpty();
  }

  @Test
  void anAnchorMayBeUsedAgainForAnotherValue() {
    assertThat(warnings("x-a: &a [&a 1, *a]\nx-b: &b [1]\nx-c: [*b, *b]\n")).isEmpty();
  }

  @Test
  void aLongListOfProblemsAndALongValueAreCut() {
    StringBuilder keys = new StringBuilder("disabled: ").append("z".repeat(1_000)).append('\n');
    keys.append("tracer_provider:\n");
    for (int i = 0; i < 50; i++) {
      keys.append("  k").append(i).append(": 1\n");
    }

    assertThatThrownBy(() -> warnings(keys.toString()))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems())
                    .hasSize(21)
                    .startsWith(
                        "otel.yaml:2: disabled is '"
                            + "z".repeat(100)
                            + "...': write true or false")
                    .endsWith("and 31 more"));
  }

  @Test
  void anUnknownKeyAtTheRootIsAWarning() {
    assertThat(warnings("tracer_providr: {}\nextensions: {obi: {a: 1}}\nx-common: 1\n"))
        .containsExactly(
            "otel.yaml:2: the key 'tracer_providr' has no effect: write tracer_provider");
  }

  @Test
  void whatIsForApplicationsDoesNotStopTheAgent() {
    assertThat(
            warnings(
                """
                propagator: {composite_list: xray}
                instrumentation/development: {java: {example: {property: 1}}}
                logger_provider: {processors: [{batch: {exporter: {console: }}}]}
                """))
        .isEmpty();
  }

  @Test
  void aFileThatTheSpecificationPermitsHasNoProblem() {
    assertThat(
            warnings(
                "attribute_limits: &limits {attribute_count_limit: 7}\n"
                    + "resource: {attributes: [{name: a, value: [1, 2], type: int_array}]}\n"
                    + batch("exporter: {otlp_grpc: {headers: [{name: a, value: b}]}}")
                    + "  sampler: {parent_based: {root: {always_off: }}}\n"
                    + "  limits: {link_count_limit: 0x10}\n"))
        .isEmpty();
  }

  @Test
  void aNodeWithSeveralAliasesIsCheckedOnce() {
    checkRefused(
        """
        x-common: &common [1]
        tracer_provider: {processors: [*common, *common]}
        """,
        "otel.yaml:2: tracer_provider.processors[0] is a list: write keys and values, such as"
            + " batch:");
  }
}
