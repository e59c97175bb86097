package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.netspan.it.backend.Answer;
import io.netspan.it.backend.Backends;
import io.netspan.it.backend.GrafanaDashboard;
import io.netspan.it.backend.RequiresBackends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs that the examples are for accept them, or their own libraries do. */
@RequiresBackends
class ExamplesTest {
  private static final Answer ACCEPTED = new Answer(0, "");
  private static final Path EXAMPLES = Path.of("../examples");
  private static final Path COLLECTOR = EXAMPLES.resolve("collector");
  private static final Path COMPOSE = EXAMPLES.resolve("compose");
  private static final Path NETSPAN = COLLECTOR.resolve("netspan.yaml");
  private static final Path DASHBOARD = EXAMPLES.resolve("grafana/netspan.json");
  private static final Path RULES = EXAMPLES.resolve("prometheus/rules.yaml");
  private static final Path RULE_TESTS =
      Path.of("src/test/resources/io/netspan/it/rules-test.yaml");

  private static final Pattern ALERT = Pattern.compile("(?m)^ *- alert: (\\w+)$");
  private static final Pattern TESTED = Pattern.compile("alertname: (\\w+)");
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)");
  private static final Pattern BUILT_IN = Pattern.compile("__(rate_interval|range)");

  @TempDir private Path folder;

  @Test
  void theCollectorTakesItsExamples() throws IOException {
    Path theirs = theirs("otlp");
    Path sampling = COLLECTOR.resolve("tail-sampling.yaml");
    assertThat(Backends.validate(theirs, NETSPAN)).isEqualTo(ACCEPTED);
    assertThat(Backends.validate(theirs, NETSPAN, sampling)).isEqualTo(ACCEPTED);
    assertThat(
            Backends.validate(
                theirs("otlp, routing/netspan"),
                NETSPAN,
                sampling,
                COLLECTOR.resolve("application-spans.yaml")))
        .isEqualTo(ACCEPTED);
    assertThat(Backends.validate(NETSPAN, named("gateway-1"))).isEqualTo(ACCEPTED);
  }

  /** A gateway without a name would write the series of another one. */
  @Test
  void aGatewayNeedsAName() {
    Answer answer = Backends.validate(NETSPAN, COLLECTOR.resolve("gateway.yaml"));
    assertThat(answer.exitCode()).isEqualTo(1);
    assertThat(answer.text()).contains("service.instance.id");
  }

  /**
   * The service_graph connector and the loadbalancing exporter are not in the Collector that is
   * built here, so others take their places.
   */
  @Test
  void withStandInsTheCollectorTakesTheRest() throws IOException {
    Path graph = COLLECTOR.resolve("service-graph.yaml");
    assertThat(Backends.validate(NETSPAN, graph).text())
        .contains("'connectors' unknown type: \"service_graph\"");
    String asSpanMetrics =
        Files.readString(graph)
            .replace("service_graph/netspan", "span_metrics/graph")
            .replaceAll("\n *store: \\{.*", "");
    assertThat(asSpanMetrics).contains("span_metrics/graph").doesNotContain("store:");
    assertThat(Backends.validate(NETSPAN, write("graph.yaml", asSpanMetrics), named("gateway-1")))
        .isEqualTo(ACCEPTED);

    Path balancer = COLLECTOR.resolve("balancer.yaml");
    assertThat(Backends.validate(balancer).text())
        .contains("'exporters' unknown type: \"loadbalancing\"");
    assertThat(Backends.validate(Gateways.balancer(folder, List.of("127.0.0.1:1", "127.0.0.1:2"))))
        .isEqualTo(ACCEPTED);
  }

  /** Without an endpoint netspan exports nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {"docs/backends.md", "examples/compose/README.md", "examples/compose/compose.yaml"})
  void whoStartsTheContainersIsToldToSendThere(String document) throws IOException {
    assertThat(Files.readString(COMPOSE.resolve("compose.yaml")))
        .contains("\"127.0.0.1:4317:4317\"");
    assertThat(Files.readString(Path.of("..", document)).lines())
        .filteredOn(line -> line.contains("bin/netspan"))
        .isNotEmpty()
        .allMatch(line -> line.contains("_ENDPOINT=http://127.0.0.1:"));
  }

  @Test
  void prometheusTakesItsExamples() {
    assertThat(Backends.promtool("check", "config", "--lint=all", "--lint-fatal", prometheus()))
        .matches(answer -> answer.exitCode() == 0);
    assertThat(Backends.promtool("check", "rules", "--lint=all", "--lint-fatal", "" + RULES))
        .matches(answer -> answer.exitCode() == 0);
  }

  /** Each alert has a test in which it fires. */
  @Test
  void theAlertsFireAsTheirTestsSay() throws IOException {
    Answer answer = Backends.promtool("test", "rules", RULE_TESTS.toString());
    assertThat(answer.exitCode()).as(answer.text()).isZero();
    assertThat(names(TESTED, RULE_TESTS)).isEqualTo(names(ALERT, RULES)).isNotEmpty();
  }

  @Test
  void theDashboardIsOneByGrafanasSchema() throws IOException {
    assertThat(Backends.checkDashboard(DASHBOARD)).isEqualTo(ACCEPTED);

    String text = Files.readString(DASHBOARD);
    for (Map.Entry<String, String> wrong :
        Map.of("\"expr\":", "\"expression\":", "\"w\": 24", "\"w\": 25", "\"legend\":", "\"lgd\":")
            .entrySet()) {
      assertThat(text).contains(wrong.getKey());
      Path file = write("wrong.json", text.replace(wrong.getKey(), wrong.getValue()));
      assertThat(Backends.checkDashboard(file).exitCode()).as(wrong.getValue()).isEqualTo(1);
    }
  }

  /** What no schema says. */
  @Test
  void theDashboardIsConsistent() throws IOException {
    GrafanaDashboard dashboard = GrafanaDashboard.read(DASHBOARD);
    List<JsonNode> panels = dashboard.panels();
    assertThat(panels).extracting(panel -> panel.path("id").asInt()).doesNotHaveDuplicates();
    List<GrafanaDashboard.Place> places = dashboard.places();
    assertThat(places).allMatch(place -> place.width() > 0 && place.x() + place.width() <= 24);
    for (int i = 0; i < places.size(); i++) {
      GrafanaDashboard.Place place = places.get(i);
      assertThat(places.subList(0, i)).noneMatch(place::overlaps);
    }
    for (JsonNode panel : panels) {
      if (!panel.path("type").asText().equals("row")) {
        assertThat(panel.path("datasource").path("uid").asText()).isEqualTo("${datasource}");
        assertThat(panel.path("targets")).isNotEmpty();
        assertThat(panel.path("targets"))
            .extracting(target -> target.path("refId").asText())
            .doesNotHaveDuplicates()
            .doesNotContain("");
      }
    }
    assertThat(used(Files.readString(DASHBOARD)))
        .isEqualTo(
            dashboard.variables().stream()
                .map(variable -> variable.path("name").asText())
                .sorted()
                .toList());
  }

  private static List<String> used(String text) {
    return VARIABLE
        .matcher(text)
        .results()
        .map(result -> result.group(1))
        .filter(name -> !name.equals("1") && !name.equals("__all"))
        .filter(name -> !BUILT_IN.matcher(name).matches())
        .distinct()
        .sorted()
        .toList();
  }

  @Test
  void composeTakesItsFile() {
    JsonNode services = Backends.compose(COMPOSE.resolve("compose.yaml")).path("services");
    assertThat(services).hasSize(4);
    for (JsonNode service : services) {
      service.path("ports").forEach(ExamplesTest::checkPort);
      for (JsonNode volume : service.path("volumes")) {
        assertThat(volume.path("type").asText().equals("volume") || exists(volume))
            .as("%s", volume)
            .isTrue();
      }
    }
  }

  private static void checkPort(JsonNode port) {
    assertThat(port.path("host_ip").asText()).as("%s", port).isEqualTo("127.0.0.1");
  }

  private static boolean exists(JsonNode volume) {
    return Files.exists(Path.of(volume.path("source").asText()));
  }

  /** The versions are those that the tests run. */
  @Test
  void composeHasTheTestedVersions() throws IOException {
    JsonNode services = Backends.compose(COMPOSE.resolve("compose.yaml")).path("services");
    Map<String, String> images = new TreeMap<>();
    services
        .properties()
        .forEach(one -> images.put(one.getKey(), one.getValue().path("image").asText()));
    assertThat(images.get("collector"))
        .endsWith(":" + version("otelcol", "go.opentelemetry.io/collector/otelcol v(0\\.[\\d.]+)"));
    assertThat(images.get("prometheus"))
        .endsWith(
            ":v3." + version("prometheus", "github.com/prometheus/prometheus v0\\.3(\\d+\\.\\d+)"));
    // On the module path, Jaeger 2.13.0 is v1.76.0: the second parts differ by 63.
    assertThat(images.get("jaeger")).endsWith(":2.13.0");
    assertThat(version("jaeger", "github.com/jaegertracing/jaeger v([\\d.]+)")).isEqualTo("1.76.0");
    assertThat(images.get("grafana")).matches("grafana/grafana:\\d+\\.\\d+\\.\\d+");
  }

  private static String version(String program, String pattern) throws IOException {
    String text = Files.readString(Path.of("backends", program, "go.mod"));
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }

  @Test
  void theirConfigurationsInComposeAreTaken() {
    assertThat(Backends.validateJaeger(COMPOSE.resolve("jaeger.yaml")).exitCode()).isZero();
    JsonNode services = Backends.compose(COMPOSE.resolve("compose.yaml")).path("services");
    assertThat(services.path("prometheus").path("command").toString())
        .contains("--config.file=/etc/netspan/prometheus.yaml", "--web.enable-otlp-receiver");
    assertThat(services.path("collector").path("command"))
        .allSatisfy(
            option ->
                assertThat(COLLECTOR.resolve(Path.of(option.asText()).getFileName())).exists());

    Path provisioning = COMPOSE.resolve("grafana/provisioning");
    JsonNode sources = Backends.yaml(provisioning.resolve("datasources/netspan.yaml"));
    assertThat(sources.path("datasources"))
        .extracting(source -> source.path("url").asText())
        .containsExactly("http://prometheus:9090", "http://jaeger:16686");
    JsonNode dashboards = Backends.yaml(provisioning.resolve("dashboards/netspan.yaml"));
    String there = dashboards.path("providers").path(0).path("options").path("path").asText();
    assertThat(services.path("grafana").path("volumes"))
        .anyMatch(
            volume ->
                volume.path("target").asText().equals(there)
                    && Files.exists(Path.of(volume.path("source").asText(), "netspan.json")));
  }

  private static String prometheus() {
    return EXAMPLES.resolve("prometheus/prometheus.yaml").toString();
  }

  private static List<String> names(Pattern pattern, Path file) throws IOException {
    return pattern
        .matcher(Files.readString(file))
        .results()
        .map(result -> result.group(1))
        .distinct()
        .sorted()
        .toList();
  }

  /** A configuration that a Collector has already. */
  private Path theirs(String receivers) throws IOException {
    return write(
        "theirs.yaml",
        """
        receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:5317"}}}}
        exporters: {otlp_grpc: {endpoint: "127.0.0.1:6317"}}
        service: {pipelines: {traces: {receivers: [%s], exporters: [otlp_grpc]}}}
        """
            .formatted(receivers));
  }

  private Path named(String name) throws IOException {
    String gateway = Files.readString(COLLECTOR.resolve("gateway.yaml"));
    return write(name + ".yaml", gateway.replace("${env:NETSPAN_COLLECTOR}", name));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /** No example is left out here. */
  @Test
  void allExamplesOfTheCollectorAreKnown() throws IOException {
    try (Stream<Path> files = Files.list(COLLECTOR)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "netspan.yaml",
              "service-graph.yaml",
              "tail-sampling.yaml",
              "application-spans.yaml",
              "gateway.yaml",
              "balancer.yaml");
    }
  }
}
