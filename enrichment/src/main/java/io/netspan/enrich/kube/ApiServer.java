package io.netspan.enrich.kube;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where the Kubernetes API is, and what the agent shows it.
 *
 * @param url {@code https}; over {@code http}, which a proxy of the user's may speak, no token is
 *     sent
 * @param token a file with a bearer token, which is read for every question, since it is renewed
 * @param authority a file with the certificates of the authorities that the server's may be of
 */
public record ApiServer(URI url, Path token, Path authority) {
  private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

  /** Where a pod finds the token of its service account. */
  public static final Path TOKEN = ACCOUNT.resolve("token");

  /** Where a pod finds the certificates of the API's authority. */
  public static final Path AUTHORITY = ACCOUNT.resolve("ca.crt");

  private static final String HOST = "KUBERNETES_SERVICE_HOST";
  private static final String PORT = "KUBERNETES_SERVICE_PORT";

  /** The address that Kubernetes gives each pod; empty if this is none. */
  public static Optional<URI> ofPod(Map<String, String> environment) {
    String host = environment.getOrDefault(HOST, "");
    String port = environment.getOrDefault(PORT, "443");
    return host.isBlank()
        ? Optional.empty()
        : Optional.of(
            URI.create("https://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port));
  }

  boolean isSecret() {
    return "https".equals(url.getScheme());
  }
}
