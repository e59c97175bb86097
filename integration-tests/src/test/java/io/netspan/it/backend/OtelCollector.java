package io.netspan.it.backend;

/** A running OpenTelemetry Collector. */
public final class OtelCollector {
  private final BackendProcess process;
  private final int grpcPort;
  private final int httpPort;

  OtelCollector(BackendProcess process, int grpcPort, int httpPort) {
    this.process = process;
    this.grpcPort = grpcPort;
    this.httpPort = httpPort;
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

  /** The same for another Collector, which takes no scheme. */
  public String address() {
    return "127.0.0.1:" + grpcPort;
  }

  /** Sends spans by OTLP, as JSON. */
  public void write(String otlp) {
    Http.post(Backends.http(httpPort, "/v1/traces"), otlp);
  }

  /** Lets it send what it still has, and end. */
  public void stop() {
    process.close();
  }
}
