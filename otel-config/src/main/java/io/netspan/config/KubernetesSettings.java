package io.netspan.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the Kubernetes API is asked, and how.
 *
 * @param token a file with a bearer token; where a pod has it if empty
 * @param authority a file with the certificates of the API's authority; where a pod has it if empty
 * @param node what Kubernetes calls this machine; as the environment says if empty
 * @param peers whether the addresses of the cluster are asked for, too
 */
public record KubernetesSettings(
    KubernetesChoice api,
    Optional<Path> token,
    Optional<Path> authority,
    Optional<String> node,
    boolean peers) {
  public static final KubernetesSettings DEFAULTS =
      new KubernetesSettings(
          new KubernetesChoice.Auto(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          /* peers= */ false);

  /** The environment variable that names the node. */
  public static final String NODE_VARIABLE = "K8S_NODE_NAME";

  private static final int LONGEST_NAME = 253;

  /** A file, which may come later: a volume's content is renewed. */
  public static final Form<Path> FILE =
      Form.of(Path::of, Path::isAbsolute, "write the whole path of the file");

  /** A node's name: a DNS subdomain. */
  public static final Form<String> NODE =
      Form.of(
          String::strip,
          name -> name.length() <= LONGEST_NAME && name.matches("[a-z0-9]([a-z0-9.-]*[a-z0-9])?"),
          "write the node's name as `kubectl get nodes` prints it");

  /**
   * @throws ConfigException if the API is off, and something about it is set
   */
  public KubernetesSettings {
    if (api instanceof KubernetesChoice.Off && peers) {
      throw new ConfigException(
          List.of("--kubernetes is off and --kubernetes-peers is given: leave one of them out"));
    }
  }
}
