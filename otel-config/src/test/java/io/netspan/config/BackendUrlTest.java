package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BackendUrlTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://otel_collector:24601",
        "http://otlp.14014-team:24601/v1/traces",
        "https://db_1.local",
        "http://_x_.-a-:1",
        "http://zz_zu.zm",
        "http://10:4317",
        "http://otel_collector.:4317",
      })
  void aNameThatUriDoesNotTakeApartHasAStandInOfWhichTheNameIsMadeAgain(String url) {
    BackendUrl parsed = BackendUrl.parse(url).orElseThrow();
    URI standIn = URI.create(parsed.forTheSdk());

    assertThat(parsed).hasToString(url);
    assertThat(standIn.getHost()).isNotNull();
    assertThat(BackendUrl.host(standIn)).isEqualTo(parsed.host());
    assertThat(standIn.getPath()).isEqualTo(parsed.path());
    assertThat(BackendUrl.parse(standIn.toString()).orElseThrow().port()).isEqualTo(parsed.port());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost:4317",
        "https://a.example/otlp",
        "http://127.0.0.1:4317",
        "http://[::1]:4317",
        "http://zoo.example.",
      })
  void anyOtherStaysAsItIs(String url) {
    BackendUrl parsed = BackendUrl.parse(url).orElseThrow();

    assertThat(parsed.forTheSdk()).isEqualTo(url);
    assertThat(BackendUrl.host(URI.create(url))).isEqualTo(parsed.host());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "http://",
        "http:///x",
        "ftp://a",
        "http://a:0",
        "http://a:65536",
        "http://a..b",
        "http://a b",
        "http://ä",
        "http://[::1",
        "http://[x]",
        "http://a:b",
        "http://a:1:2",
      })
  void whatIsNone(String text) {
    assertThat(BackendUrl.parse(text)).isEmpty();
  }
}
