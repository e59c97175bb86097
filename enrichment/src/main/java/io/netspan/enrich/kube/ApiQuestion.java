package io.netspan.enrich.kube;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;

/** One question to the API, to find out whether it answers. */
public final class ApiQuestion {
  private static final Duration WITHIN = Duration.ofSeconds(5);

  private ApiQuestion() {}

  /** Asks for a pod of the node; what is wrong, as a sentence, or empty if there was an answer. */
  public static Optional<String> problem(ApiServer server, String node)
      throws InterruptedException {
    String question =
        "/api/v1/pods?limit=1&resourceVersion=0&fieldSelector=spec.nodeName%3D" + Encoded.of(node);
    try (ApiClient api = new ApiClient(server);
        InputStream answer = api.get(question, "application/json", WITHIN)) {
      ListReader.End _ = new ListReader<>(new PodReader(_ -> false), _ -> {}, 8 << 20).read(answer);
      return Optional.empty();
    } catch (IOException | RuntimeException e) {
      KubeFailure failure = KubeFailure.of(e);
      return Optional.of(failure.problem().sentence() + " (" + failure.getMessage() + ")");
    }
  }
}
