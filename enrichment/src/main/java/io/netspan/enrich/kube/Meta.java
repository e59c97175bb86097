package io.netspan.enrich.kube;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an object's metadata.
 *
 * @param labels those that are wanted
 * @param annotations those that are wanted
 * @param controller what made the object and looks after it; null if nothing does
 */
record Meta(
    String namespace,
    String name,
    String uid,
    Map<String, String> labels,
    Map<String, String> annotations,
    @Nullable Owner controller) {

  Meta {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  /** Another object, in the same namespace. */
  record Owner(String kind, String name, String uid) {}
}
