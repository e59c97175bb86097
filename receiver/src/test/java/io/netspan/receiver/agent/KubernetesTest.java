package io.netspan.receiver.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.config.KubernetesChoice;
import io.netspan.config.KubernetesSettings;
import io.netspan.enrich.kube.ApiServer;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KubernetesTest {
  private static final Map<String, String> NO_POD = Map.of();

  @ParameterizedTest
  @CsvSource({
    "10.96.0.1, 443, https://10.96.0.1:443",
    "fd00::1, 6443, https://[fd00::1]:6443",
    "kubernetes.example, 443, https://kubernetes.example:443"
  })
  void aPodAsksTheApiOfItsCluster(String host, String port, URI expected) {
    Map<String, String> pod =
        Map.of("KUBERNETES_SERVICE_HOST", host, "KUBERNETES_SERVICE_PORT", port);

    assertThat(Kubernetes.server(KubernetesSettings.DEFAULTS, pod))
        .contains(new ApiServer(expected, ApiServer.TOKEN, ApiServer.AUTHORITY));
    assertThat(Kubernetes.server(KubernetesSettings.DEFAULTS, NO_POD)).isEmpty();
    assertThat(Kubernetes.server(with(new KubernetesChoice.Off()), pod)).isEmpty();
    URI other = URI.create("https://10.0.0.1:6443");
    assertThat(Kubernetes.server(with(new KubernetesChoice.At(other)), pod))
        .map(ApiServer::url)
        .contains(other);
  }

  private static KubernetesSettings with(KubernetesChoice api) {
    return new KubernetesSettings(
        api, Optional.empty(), Optional.empty(), Optional.empty(), /* peers= */ false);
  }

  @Test
  void theNodesNameIsThatOfTheSettingsOrTheEnvironment() {
    Map<String, String> named = Map.of("K8S_NODE_NAME", " node7 ");
    KubernetesSettings given =
        new KubernetesSettings(
            new KubernetesChoice.Auto(),
            Optional.of(Path.of("/token")),
            Optional.of(Path.of("/ca")),
            Optional.of("node8"),
            /* peers= */ true);

    assertThat(Kubernetes.node(KubernetesSettings.DEFAULTS, NO_POD)).isEmpty();
    assertThat(Kubernetes.node(KubernetesSettings.DEFAULTS, named)).contains("node7");
    assertThat(Kubernetes.node(given, named)).contains("node8");
  }

  @Test
  void aDiagnosisSaysWhatIsMissing() {
    Map<String, String> pod = Map.of("KUBERNETES_SERVICE_HOST", "127.0.0.1");

    assertThat(Kubernetes.finding(NO_POD)).isEmpty();
    assertThat(Kubernetes.finding(pod).orElseThrow().detail()).contains("name is not known");
    assertThat(
            Kubernetes.finding(
                    Map.of("KUBERNETES_SERVICE_HOST", "127.0.0.1", "K8S_NODE_NAME", "node7"))
                .orElseThrow()
                .detail())
        .contains("the pods of node7: the token or the authority's certificates cannot be used");
  }
}
