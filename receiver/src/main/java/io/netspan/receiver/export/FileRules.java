package io.netspan.receiver.export;

import io.netspan.config.BackendUrl;
import io.netspan.config.env.OtlpHeaders;
import java.util.Optional;
import java.util.Set;

/** What the keys of a configuration file may have, beyond their types. */
final class FileRules {
  /** Keys at the root that are for applications, and have no effect on the agent. */
  private static final Set<String> UNUSED =
      Set.of(
          "logger_provider",
          "propagator",
          "log_level",
          "distribution",
          "instrumentation/development");

  /** Components of OpenTelemetry that the agent does not have. */
  private static final Set<String> UNSUPPORTED =
      Set.of("console", "otlp_file/development", "jaeger_remote/development");

  private static final String HEADERS = ".headers[";

  private FileRules() {}

  /**
   * Whether the key has an effect on the agent.
   *
   * @param name the keys from the root, separated by dots
   */
  static boolean isUsed(String name) {
    int end = name.indexOf('.');
    return !UNUSED.contains(end < 0 ? name : name.substring(0, end));
  }

  /** Whether the agent has the component of that key. */
  static boolean isSupported(String key) {
    return !UNSUPPORTED.contains(key);
  }

  /** Whether the value may be a password, and is not to be shown. */
  static boolean isSecret(String name) {
    return name.contains(HEADERS);
  }

  /**
   * What to write instead of a value; empty if nothing is wrong with it.
   *
   * @param name the keys from the root, separated by dots
   */
  static Optional<String> remedy(String name, String value) {
    String key = name.substring(name.lastIndexOf('.') + 1);
    if (isSecret(name)) {
      return header(key, value, name.contains("otlp_grpc."));
    }
    return switch (key) {
      case "endpoint" -> endpoint(value, name.endsWith("otlp_grpc.endpoint"));
      case "file_format" -> unless(value.matches("0\\.4|1\\.\\d+"), "write '1.0' or '1.1'");
      case "compression" -> unless(value.matches("gzip|none"), "write gzip or none");
      case "encoding" -> unless(value.equals("protobuf"), "netspan sends protobuf only, remove it");
      case "interval", "max_queue_size", "max_export_batch_size" -> atLeast(1, value);
      case "schedule_delay", "export_timeout", "timeout" -> atLeast(0, value);
      case "port" -> unless(between(0, 65_535, value), "write a port, from 0 to 65535");
      case "ratio" -> unless(between(0, 1, value), "write a number from 0 to 1, such as 0.25");
      case "max_size" -> atLeast(2, value);
      case "default",
          "counter",
          "gauge",
          "histogram",
          "observable_counter",
          "observable_gauge",
          "observable_up_down_counter",
          "up_down_counter",
          "aggregation_cardinality_limit" ->
          atLeast(1, value);
      case String other when other.endsWith("_limit") -> atLeast(0, value);
      default -> Optional.empty();
    };
  }

  private static Optional<String> header(String key, String value, boolean grpc) {
    return key.equals("name")
        ? unless(
            OtlpHeaders.isName(value, grpc),
            "a header's name has letters, digits, hyphens, underscores and dots, write such a name")
        : unless(OtlpHeaders.isValue(value), "a header's value is printable ASCII, write that");
  }

  private static Optional<String> endpoint(String value, boolean grpc) {
    BackendUrl url = BackendUrl.parse(value).orElse(null);
    if (url == null) {
      return Optional.of(
          "write a URL such as "
              + (grpc ? "http://127.0.0.1:4317" : "http://127.0.0.1:4318/v1/traces")
              + " or unix:///run/otelcol.sock");
    }
    if (url.path().contains("?") || url.path().contains("#")) {
      return Optional.of("a URL for OTLP has no query and no fragment, write it without");
    }
    boolean path = url.socket().isEmpty() && !url.path().isEmpty() && !url.path().equals("/");
    return unless(
        !grpc || !path,
        "OTLP over gRPC has no path; for OTLP over HTTP write otlp_http, for gRPC a URL without a"
            + " path");
  }

  private static Optional<String> atLeast(int least, String value) {
    return unless(between(least, Integer.MAX_VALUE, value), "write " + least + " or more");
  }

  /** A text that is no number has been refused for that. */
  private static boolean between(double least, double most, String value) {
    try {
      double number = Double.parseDouble(value);
      return number >= least && number <= most;
    } catch (NumberFormatException e) {
      return true;
    }
  }

  private static Optional<String> unless(boolean right, String remedy) {
    return right ? Optional.empty() : Optional.of(remedy);
  }
}
