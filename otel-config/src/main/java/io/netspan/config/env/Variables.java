package io.netspan.config.env;

import io.netspan.config.Setting;
import io.netspan.config.Signal;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * OpenTelemetry's environment variables. A value that is empty counts as none, as the specification
 * says.
 */
final class Variables {
  private final Map<String, String> values;

  Variables(Map<String, String> values) {
    this.values = Map.copyOf(values);
  }

  /** The environment, overridden by the {@code -Dotel...} system properties, as in the SDK. */
  static Map<String, String> ofThisProcess() {
    Map<String, String> all = new HashMap<>(System.getenv());
    Properties properties = System.getProperties();
    for (String name : properties.stringPropertyNames()) {
      if (name.startsWith("otel.")) {
        all.put(variable(name), properties.getProperty(name));
      }
    }
    return all;
  }

  /** {@code otel.bsp.schedule.delay} of {@code OTEL_BSP_SCHEDULE_DELAY}. */
  static String property(String variable) {
    return variable.toLowerCase(Locale.ROOT).replace('_', '.');
  }

  private static String variable(String property) {
    return property.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  Optional<String> get(String name) {
    return Optional.ofNullable(values.get(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  /** The names of the variables of OpenTelemetry that are set. */
  Set<String> standard() {
    return values.keySet().stream()
        .filter(name -> name.startsWith("OTEL_") && get(name).isPresent())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * What {@code OTEL_EXPORTER_OTLP_TRACES_SUFFIX} says, or else {@code OTEL_EXPORTER_OTLP_SUFFIX}.
   */
  Optional<Setting> otlp(Signal signal, String suffix) {
    String own = "OTEL_EXPORTER_OTLP_" + signal + "_" + suffix;
    String all = "OTEL_EXPORTER_OTLP_" + suffix;
    return get(own)
        .map(value -> new Setting(own, value))
        .or(() -> get(all).map(value -> new Setting(all, value)));
  }
}
