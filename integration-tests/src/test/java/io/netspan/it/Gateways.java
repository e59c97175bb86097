package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The balancer of the examples without its exporter {@code loadbalancing}, which is not in the
 * Collector of the tests: a connector divides spans between two gateways by the first digit of
 * their trace id in its place.
 */
final class Gateways {
  private static final Path BALANCER = Path.of("../examples/collector/balancer.yaml");

  private Gateways() {}

  /**
   * Writes configurations, to be merged in this order.
   *
   * @param gateways where the two take OTLP over gRPC
   */
  static Path[] balancer(Path folder, List<String> gateways) throws IOException {
    String example = Files.readString(BALANCER);
    String rest = example.replaceAll("(?m)^  loadbalancing/netspan:\n(    .*\n)+", "");
    assertThat(example).contains("  loadbalancing/netspan:\n    routing_key: traceID\n");
    assertThat(rest).contains("exporters: [loadbalancing/netspan]").doesNotContain("routing_key");
    return new Path[] {
      Files.writeString(folder.resolve("balancer.yaml"), rest),
      Files.writeString(
          folder.resolve("division.yaml"), division(gateways.getFirst(), gateways.getLast())),
    };
  }

  private static String division(String first, String second) {
    return """
        connectors:
          routing/netspan:
            default_pipelines: [traces/second]
            table:
              - {context: span, condition: 'IsMatch(span.trace_id.string, "^[0-7]")', pipelines: [traces/first]}
        exporters:
          otlp_grpc/first: {endpoint: "%s", tls: {insecure: true}}
          otlp_grpc/second: {endpoint: "%s", tls: {insecure: true}}
        service:
          pipelines:
            traces/netspan: {exporters: [routing/netspan]}
            traces/first: {receivers: [routing/netspan], exporters: [otlp_grpc/first]}
            traces/second: {receivers: [routing/netspan], exporters: [otlp_grpc/second]}
        """
        .formatted(first, second);
  }
}
