package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class UnixSocketTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/run/otelcol.sock",
        "/tmp/Zz/a b%20-_..sock",
        "/ü/z2f",
      })
  void theStandInStandsForThePath(String path) {
    BackendUrl url = BackendUrl.parse("unix://" + path).orElseThrow();
    URI standIn = URI.create(url.forTheSdk());

    assertThat(url.socket()).contains(Path.of(path));
    assertThat(standIn.getHost()).isNotNull();
    assertThat(BackendUrl.socket(standIn)).contains(Path.of(path));
    assertThat(url).hasToString("unix://" + path);
    assertThat(url.encrypted()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"unix:", "unix://", "unix:/run/a.sock", "unix://run/a.sock", "unixes:///a"})
  void otherTextsAreNone(String text) {
    assertThat(BackendUrl.parse(text)).isEmpty();
  }

  @Test
  void aPathThatTheKernelDoesNotTakeIsNone() {
    assertThat(BackendUrl.parse("unix:///" + "a".repeat(106))).isPresent();
    assertThat(BackendUrl.parse("unix:///" + "a".repeat(107))).isEmpty();
    assertThat(BackendUrl.parse("unix:///" + "ü".repeat(54))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://localhost:4317", "http://z2frun.example:1", "https://[::1]"})
  void anotherHostStandsForNoSocket(String url) {
    assertThat(BackendUrl.socket(URI.create(url))).isEmpty();
  }
}
