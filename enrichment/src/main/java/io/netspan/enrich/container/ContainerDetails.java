package io.netspan.enrich.container;

import io.netspan.enrich.secret.Untrusted;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a runtime says about one container.
 *
 * @param name empty if it has none
 * @param image what it was made from, as the user wrote it: {@code nginx}, {@code
 *     registry.example.com:5000/shop/web:1.2@sha256:...}, or an id
 * @param imageId the id of that image, if it is known
 * @param labels those that are wanted
 * @param pod the pod it belongs to, if the runtime knows pods
 */
public record ContainerDetails(
    String id,
    String name,
    String image,
    @Nullable String imageId,
    Map<String, String> labels,
    @Nullable Pod pod) {

  private static final int LEAST_WEIGHT = 512;
  private static final int ENTRY_WEIGHT = 48;

  private static final int MOST_LABELS = 64;

  /** In UTF-16 units. */
  private static final int LONGEST_LABEL = 1_024;

  public ContainerDetails {
    labels = Map.copyOf(labels);
  }

  /**
   * A Kubernetes pod.
   *
   * @param labels those that are wanted
   * @param annotations those that are wanted
   */
  public record Pod(
      String name,
      String namespace,
      String uid,
      Map<String, String> labels,
      Map<String, String> annotations) {
    public Pod {
      labels = Map.copyOf(labels);
      annotations = Map.copyOf(annotations);
    }
  }

  /** With the id of the image and the pod, if an earlier report had them. */
  ContainerDetails completedBy(ContainerDetails earlier) {
    boolean sameImage = imageId == null && image.equals(earlier.image());
    return new ContainerDetails(
        id,
        name,
        image,
        sameImage ? earlier.imageId() : imageId,
        labels,
        pod == null ? earlier.pod() : pod);
  }

  /** Of these labels those that are wanted, at most 64, shortened. */
  public static Map<String, String> kept(Map<String, String> labels, Predicate<String> wanted) {
    Map<String, String> kept = new HashMap<>();
    labels.forEach(
        (key, value) -> {
          if (mayKeep(key, kept.size()) && wanted.test(key)) {
            kept.put(key, shortened(value));
          }
        });
    return kept;
  }

  /** Whether a label with this key is kept beside so many others. */
  public static boolean mayKeep(String key, int others) {
    return others < MOST_LABELS && key.length() <= Untrusted.NAME_MAX;
  }

  /** What is kept of a label's value. */
  public static String shortened(String value) {
    return value.length() <= LONGEST_LABEL ? value : value.substring(0, LONGEST_LABEL);
  }

  /** Roughly the bytes that this takes. */
  int weight() {
    int weight = LEAST_WEIGHT + 2 * (name.length() + image.length()) + weight(labels);
    return pod == null ? weight : weight + weight(pod.labels()) + weight(pod.annotations());
  }

  private static int weight(Map<String, String> texts) {
    int characters = 0;
    for (Map.Entry<String, String> one : texts.entrySet()) {
      characters += one.getKey().length() + one.getValue().length();
    }
    return ENTRY_WEIGHT * texts.size() + 2 * characters;
  }
}
