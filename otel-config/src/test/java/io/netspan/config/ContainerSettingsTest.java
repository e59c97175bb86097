package io.netspan.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ContainerSettingsTest {
  @ParameterizedTest
  @CsvSource({
    "org.example.team, org.example.team, true",
    "org.example.team, org.example.teams, false",
    "org.example.*, org.example., true",
    "org.example.*, org.example.a.b, true",
    "org.example.*, com.example.a, false",
    "*.version, org.opencontainers.image.version, true",
    "*.version, version, false",
    "a?c, abc, true",
    "a?c, ac, false",
    "a*b*c, axxbyybzzc, true",
    "a*b*c, axxbyyczzb, false",
    "*, '', true",
    "?, '', false",
  })
  void aGlobMatchesTheWholeKey(String glob, String key, boolean matches) {
    assertThat(Glob.FORM.read("--container-labels", glob).matches(key)).isEqualTo(matches);
  }

  @Test
  void manyStarsTakeNoLongTime() {
    Glob glob = new Glob("*a".repeat(100) + "b");

    assertThat(Duration.ofSeconds(5))
        .isGreaterThan(timeOf(() -> assertThat(glob.matches("a".repeat(10_000))).isFalse()));
  }

  private static Duration timeOf(Runnable action) {
    long begin = System.nanoTime();
    action.run();
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  @Test
  void runtimesAreNamedWithTheirSockets() {
    assertThat(read("auto")).isEqualTo(new RuntimeChoice.Auto());
    assertThat(read("none")).isEqualTo(new RuntimeChoice.None());
    assertThat(read("docker=/run/docker.sock"))
        .isEqualTo(new RuntimeChoice.At(RuntimeChoice.Kind.DOCKER, Path.of("/run/docker.sock")));
  }

  private static RuntimeChoice read(String text) {
    return RuntimeChoice.FORM.read("--container-runtimes", text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "docker", "docker=", "docker=run/docker.sock", "lxc=/run/lxc.sock"})
  void whatIsNoRuntimeIsRefusedWithARemedy(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--container-runtimes is '" + text + "': write auto, none, or");
  }

  @Test
  void noneIsAlone() {
    List<RuntimeChoice> both = List.of(new RuntimeChoice.Auto(), new RuntimeChoice.None());

    assertThatThrownBy(() -> new ContainerSettings(both, List.of()))
        .hasMessageContaining("write none alone");
  }
}
