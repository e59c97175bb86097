package io.netspan.receiver.agent;

import io.netspan.config.AgentSettings;
import io.netspan.config.KubernetesChoice;
import io.netspan.config.KubernetesSettings;
import io.netspan.enrich.Contributor;
import io.netspan.enrich.kube.ApiQuestion;
import io.netspan.enrich.kube.ApiServer;
import io.netspan.enrich.kube.ClusterAddresses;
import io.netspan.enrich.kube.NodePods;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** The Kubernetes API that the settings or the environment name. */
final class Kubernetes {
  private static final System.Logger LOG = System.getLogger("netspan.agent");

  private static final String FINDING = "kubernetes";

  private Kubernetes() {}

  /** Empty if no API is to be asked, or it cannot be asked about this node. */
  static Optional<Contributor> contributor(AgentSettings settings, HeapShares shares) {
    Map<String, String> environment = System.getenv();
    KubernetesSettings kubernetes = settings.kubernetes();
    Optional<ApiServer> server = server(kubernetes, environment);
    if (server.isEmpty()) {
      if (kubernetes.peers()) {
        LOG.log(
            System.Logger.Level.WARNING,
            "--kubernetes-peers has no effect, since this is no pod and no API is named: write"
                + " --kubernetes with its URL");
      }
      return Optional.empty();
    }
    Optional<String> node = node(kubernetes, environment);
    if (node.isEmpty()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "Kubernetes at {0} is not asked about pods, since the node''s name is not known: set {1} by"
              + " the downward API (fieldRef: spec.nodeName), or write --kubernetes-node",
          server.get().url(),
          KubernetesSettings.NODE_VARIABLE);
      return Optional.empty();
    }
    return Optional.of(new NodePods(server.get(), node.get(), settings.containers()::exportsLabel));
  }

  /** Names the addresses of the cluster, if the settings ask for that. */
  static Optional<Contributor> addresses(
      AgentSettings settings, HeapShares shares, PeerNaming names) {
    return settings.kubernetes().peers()
        ? server(settings.kubernetes(), System.getenv())
            .map(server -> new ClusterAddresses(server, shares.clusterObjects(), names::cluster))
        : Optional.empty();
  }

  /** Asks the API that {@code --kubernetes auto} uses; empty if this is no pod. */
  static Optional<Finding> finding(Map<String, String> environment) {
    KubernetesSettings usual = KubernetesSettings.DEFAULTS;
    return server(usual, environment).map(server -> finding(server, node(usual, environment)));
  }

  private static Finding finding(ApiServer server, Optional<String> node) {
    if (node.isEmpty()) {
      return Finding.limited(
          FINDING,
          "the node's name is not known, so the API is not asked about its pods",
          "set " + KubernetesSettings.NODE_VARIABLE + " by the downward API (spec.nodeName)");
    }
    try {
      String asked = "the API at " + server.url() + " about the pods of " + node.get();
      return ApiQuestion.problem(server, node.get())
          .map(
              problem ->
                  Finding.limited(
                      FINDING,
                      asked + ": " + problem,
                      "docs/kubernetes.md has the role that the pod's service account needs, and what to do"
                          + " about other reasons"))
          .orElseGet(() -> Finding.works(FINDING, asked + ": it answers"));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return Finding.limited(FINDING, "the question was interrupted", "");
    }
  }

  /** Empty if there is none. */
  static Optional<ApiServer> server(KubernetesSettings settings, Map<String, String> environment) {
    Optional<URI> url =
        switch (settings.api()) {
          case KubernetesChoice.Auto() -> ApiServer.ofPod(environment);
          case KubernetesChoice.Off() -> Optional.empty();
          case KubernetesChoice.At(URI given) -> Optional.of(given);
        };
    return url.map(
        at ->
            new ApiServer(
                at,
                settings.token().orElse(ApiServer.TOKEN),
                settings.authority().orElse(ApiServer.AUTHORITY)));
  }

  /** What Kubernetes calls this machine. */
  static Optional<String> node(KubernetesSettings settings, Map<String, String> environment) {
    String given = environment.getOrDefault(KubernetesSettings.NODE_VARIABLE, "").strip();
    return settings.node().or(() -> given.isEmpty() ? Optional.empty() : Optional.of(given));
  }
}
