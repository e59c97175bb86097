package io.netspan.receiver.export;

import io.netspan.config.env.ExporterSelection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Starts exports with each of the two ways to configure them. */
final class ConfiguredExport {
  private ConfiguredExport() {}

  /**
   * By the SDK's properties, which it reads as it reads the environment.
   *
   * @param start starts the export for the selection that they make
   */
  static OpenTelemetryExport byProperties(
      Map<String, String> properties, Function<ExporterSelection, OpenTelemetryExport> start) {
    properties.forEach(System::setProperty);
    try {
      Map<String, String> variables = new HashMap<>();
      properties.forEach(
          (name, value) -> variables.put(name.toUpperCase(Locale.ROOT).replace('.', '_'), value));
      return start.apply(new ExporterSelection(variables));
    } finally {
      properties.keySet().forEach(System::clearProperty);
    }
  }

  /** The selection of a configuration file with this content, which is written first. */
  static ExporterSelection byFile(Path directory, String content) throws IOException {
    Path file = Files.writeString(directory.resolve("otel.yaml"), content);
    return new ExporterSelection(Map.of("OTEL_CONFIG_FILE", file.toString()));
  }
}
