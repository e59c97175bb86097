package io.netspan.config.env;

import io.netspan.config.ScrapeUrl;
import java.util.List;

/**
 * The exporters of metrics that {@code OTEL_METRICS_EXPORTER} names, of which there may be several.
 *
 * @param otlp whether metrics are sent over OTLP
 * @param prometheus whether Prometheus can scrape them
 */
record MetricExporters(boolean otlp, boolean prometheus) {
  static final MetricExporters NONE = new MetricExporters(false, false);

  static final String PROMETHEUS_PORT = "OTEL_EXPORTER_PROMETHEUS_PORT";
  private static final String PROMETHEUS_HOST = "OTEL_EXPORTER_PROMETHEUS_HOST";

  /** Reads the variable's value; a word that it must not have is added to the problems. */
  static MetricExporters of(String variable, String value, List<String> problems) {
    if (value.equals("none")) {
      return NONE;
    }
    boolean otlp = false;
    boolean prometheus = false;
    for (String exporter : value.split(",", -1)) {
      switch (exporter.strip()) {
        case "otlp" -> otlp = true;
        case "prometheus" -> prometheus = true;
        default ->
            problems.add(
                variable
                    + " is '"
                    + value
                    + "': write otlp, prometheus, both with a comma between them, or none");
      }
    }
    return new MetricExporters(otlp, prometheus);
  }

  /** The value for the SDK. */
  String written() {
    if (otlp) {
      return prometheus ? "otlp,prometheus" : "otlp";
    }
    return prometheus ? "prometheus" : "none";
  }

  /** Where Prometheus finds the metrics. */
  static String describePrometheus(Variables variables) {
    return "for Prometheus at "
        + new ScrapeUrl(
            variables.get(PROMETHEUS_HOST).orElse(ScrapeUrl.DEFAULT_HOST),
            variables.get(PROMETHEUS_PORT).orElse(ScrapeUrl.DEFAULT_PORT));
  }
}
