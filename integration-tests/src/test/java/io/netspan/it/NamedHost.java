package io.netspan.it;

import io.netspan.it.backend.Prometheus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An agent that takes its machine for another one, with a name and an id of its own. */
final class NamedHost {
  private NamedHost() {}

  /**
   * An agent that sends its metrics to a Prometheus, often.
   *
   * @param folder for what it reads of the host
   */
  static AgentProcess.Builder agent(Path folder, String host, Prometheus prometheus)
      throws IOException {
    Path root = folder.resolve(host);
    Path etc = Files.createDirectories(root.resolve("etc"));
    Files.writeString(etc.resolve("hostname"), host + "\n");
    Files.writeString(
        etc.resolve("machine-id"),
        Integer.toHexString(host.hashCode()).repeat(32).substring(0, 32));
    return AgentProcess.launcher()
        .option("run", "--format", "none", "--host-root", root.toString())
        .environment("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf")
        .environment(
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", prometheus.otlpEndpoint() + "/v1/metrics")
        .environment("OTEL_METRIC_EXPORT_INTERVAL", "500");
  }
}
