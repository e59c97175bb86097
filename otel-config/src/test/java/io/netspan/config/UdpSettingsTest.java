package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UdpSettingsTest {
  @ParameterizedTest
  @ValueSource(strings = {"1s", "1000ms", "60s", "24h"})
  void idleTimeouts(String text) {
    UdpSettings settings = new UdpSettings(UdpMode.ON, TimeSpan.parse(text));

    assertThat(settings.idleTimeout()).isEqualTo(TimeSpan.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "999ms", "1441m", "25h"})
  void noIdleTimeouts(String text) {
    assertThatThrownBy(() -> new UdpSettings(UdpMode.OFF, TimeSpan.parse(text)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("idle timeout is " + TimeSpan.parse(text))
        .hasMessageContaining("write 1s to 24h");
  }
}
