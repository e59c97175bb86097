package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MetricAttributeTest {
  @Test
  void oneMetricOrThoseOfAPatternAreMeant() {
    assertThat(MetricAttribute.parse("netspan.connections=server.address"))
        .containsExactly(new MetricAttribute("netspan.connections", "server.address"));
    assertThat(MetricAttribute.parse("netspan.flow.* = container.id"))
        .containsExactly(
            new MetricAttribute("netspan.flow.io", "container.id"),
            new MetricAttribute("netspan.flow.datagrams", "container.id"));
    assertThat(MetricAttribute.parse("*=process.pid")).hasSize(MetricAttribute.METRICS.size());
  }

  @ParameterizedTest
  @CsvSource({
    "netspan.connections, write METRIC=ATTRIBUTE",
    "netspan.connection=server.address, no such metric",
    "'=server.address', no such metric",
    "netspan.connections=netspan.bytes.sent, 'metrics can have server.address, client.address'",
    "netspan.connections=server.port, metrics can have",
    "netspan.connections=service.name, metrics can have",
    "netspan.connections=, metrics can have",
    "netspan.connections=a b, metrics can have",
  })
  void whatCannotBeMeantIsRefused(String text, String remedy) {
    assertThatThrownBy(() -> MetricAttribute.FORM.read("--metric-attributes", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--metric-attributes is '" + text + "'")
        .hasMessageContaining(remedy);
  }
}
