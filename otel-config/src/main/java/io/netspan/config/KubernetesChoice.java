package io.netspan.config;

import java.net.URI;
import java.net.URISyntaxException;

/** Which Kubernetes API is asked about pods. */
public sealed interface KubernetesChoice {
  Form<KubernetesChoice> FORM = Form.of(KubernetesChoice::parse, _ -> true, "");

  /** That of the cluster, if this is a pod. */
  record Auto() implements KubernetesChoice {}

  /** None. */
  record Off() implements KubernetesChoice {}

  /** The one at this URL. */
  record At(URI url) implements KubernetesChoice {}

  /**
   * Reads {@code auto}, {@code off} or a URL.
   *
   * @throws ConfigException if the text is none of them
   */
  static KubernetesChoice parse(String text) {
    return switch (text.strip()) {
      case "auto" -> new Auto();
      case "off" -> new Off();
      default -> new At(url(text.strip()));
    };
  }

  private static URI url(String text) {
    try {
      URI url = new URI(text);
      boolean isHttp = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
      boolean isPlain = url.getRawQuery() == null && url.getRawUserInfo() == null;
      String path = url.getRawPath();
      if (isHttp && isPlain && url.getHost() != null && (path.isEmpty() || path.equals("/"))) {
        return url;
      }
    } catch (URISyntaxException _) {
      // The same as any other text.
    }
    throw ConfigException.unreadable(
        text, "write auto, off, or the API's URL without a path, such as https://10.0.0.1:6443");
  }
}
