package io.netspan.enrich.container;

import java.util.Map;
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

  /** The most labels that are kept of a container, or of a pod. */
  public static final int MOST_LABELS = 64;

  /** The longest value of a label that is kept, in UTF-16 units. */
  public static final int LONGEST_LABEL = 1_024;

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
