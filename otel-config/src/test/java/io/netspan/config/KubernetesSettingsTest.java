package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KubernetesSettingsTest {
  private static KubernetesChoice read(String text) {
    return KubernetesChoice.FORM.read("--kubernetes", text);
  }

  @Test
  void theApiIsNamedByItsUrl() {
    assertThat(read("auto")).isEqualTo(new KubernetesChoice.Auto());
    assertThat(read("off")).isEqualTo(new KubernetesChoice.Off());
    assertThat(read("https://[fd00::1]:6443/"))
        .isEqualTo(new KubernetesChoice.At(URI.create("https://[fd00::1]:6443/")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "on",
        "10.0.0.1:6443",
        "ftp://10.0.0.1",
        "https://user:secret@10.0.0.1",
        "https://10.0.0.1/api",
        "https://10.0.0.1?x=y",
        "https://"
      })
  void whatIsNoUrlOfAnApiIsRefusedWithARemedy(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("write auto, off, or the API's URL")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Node1", "node_1", "-a", "a b"})
  void whatIsNoNameOfANodeIsRefused(String text) {
    assertThatThrownBy(() -> KubernetesSettings.NODE.read("--kubernetes-node", text))
        .hasMessageContaining("kubectl get nodes");
  }

  @Test
  void peersNeedAnApi() {
    assertThatThrownBy(
            () ->
                new KubernetesSettings(
                    new KubernetesChoice.Off(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    /* peers= */ true))
        .hasMessageContaining("leave one of them out");
  }
}
