package io.netspan.it.backend;

/** A running OpenTelemetry Collector. */
public final class OtelCollector {
  private final BackendProcess process;
  private final int grpcPort;

  OtelCollector(BackendProcess process, int grpcPort) {
    this.process = process;
    this.grpcPort = grpcPort;
  }

  /** What is not netspan's in a Collector, as far as a test needs it. */
  static String configuration(int health) {
    return """
        extensions:
          health_check: {endpoint: "127.0.0.1:%d"}
        service:
          extensions: [health_check]
          telemetry:
            metrics: {level: none}
        """
        .formatted(health);
  }

  /** Where it takes OTLP over gRPC. */
  public String endpoint() {
    return "http://127.0.0.1:" + grpcPort;
  }

  /** Lets it send what it still has, and end. */
  public void stop() {
    process.close();
  }
}
