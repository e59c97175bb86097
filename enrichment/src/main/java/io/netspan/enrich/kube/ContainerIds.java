package io.netspan.enrich.kube;

import org.jspecify.annotations.Nullable;

/** Containers' ids as Kubernetes writes them: {@code containerd://<id>}. */
final class ContainerIds {
  private static final String SEPARATOR = "://";

  private ContainerIds() {}

  /** The id as the runtime has it. */
  static String plain(String written) {
    int end = written.indexOf(SEPARATOR);
    return end < 0 ? written : written.substring(end + SEPARATOR.length());
  }

  /** What the runtime is called; null if the id does not say. */
  static @Nullable String runtime(String written) {
    int end = written.indexOf(SEPARATOR);
    return end <= 0 ? null : written.substring(0, end);
  }
}
