package io.netspan.receiver.cli;

import io.netspan.config.Form;
import io.netspan.config.KubernetesChoice;
import io.netspan.config.KubernetesSettings;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options about what the Kubernetes API knows. */
final class KubernetesOptions {
  @Option(
      names = "--kubernetes",
      paramLabel = "auto|off|URL",
      description =
          "The Kubernetes API that is asked about this node's pods; auto is that of the cluster, if this is a pod (default: ${bundle:default.kubernetes}).")
  private @Nullable String api;

  @Option(
      names = "--kubernetes-token",
      paramLabel = "PATH",
      description =
          "A file with the token for it, read again for each question (default: ${bundle:default.kubernetes-token}).")
  private @Nullable String token;

  @Option(
      names = "--kubernetes-ca",
      paramLabel = "PATH",
      description =
          "A file with the certificates of the API's authority (default: ${bundle:default.kubernetes-ca}).")
  private @Nullable String authority;

  @Option(
      names = "--kubernetes-node",
      paramLabel = "NAME",
      description =
          "What Kubernetes calls this machine (default: ${bundle:default.kubernetes-node}).")
  private @Nullable String node;

  @Option(
      names = "--kubernetes-peers",
      description =
          "Also name pods, services and nodes of the whole cluster at other ends, by their addresses (default: ${bundle:default.kubernetes-peers}).")
  private boolean peers;

  KubernetesSettings settings(KubernetesSettings below, Overrides given) {
    return new KubernetesSettings(
        given.of("--kubernetes", api, KubernetesChoice.FORM, below.api()),
        either("--kubernetes-token", token, KubernetesSettings.FILE, below.token(), given),
        either("--kubernetes-ca", authority, KubernetesSettings.FILE, below.authority(), given),
        either("--kubernetes-node", node, KubernetesSettings.NODE, below.node(), given),
        peers || below.peers());
  }

  private static <T> Optional<T> either(
      String option, @Nullable String text, Form<T> form, Optional<T> below, Overrides given) {
    return text == null ? below : given.optional(option, text, form);
  }
}
