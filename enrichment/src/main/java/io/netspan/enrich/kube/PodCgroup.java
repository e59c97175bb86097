package io.netspan.enrich.kube;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds a pod in the names of a cgroup path: {@code pod<uid>}, below {@code kubepods} or a class of
 * it, or {@code kubepods-<class>-pod<uid>.slice} with underscores for dashes. The uid of a pod that
 * the kubelet made from a file has no dashes.
 */
final class PodCgroup {
  private static final Pattern POD =
      Pattern.compile(
          "(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\\.slice)?(?:$|:)");

  private PodCgroup() {}

  /** The uid of the innermost pod; null if there is none. Names are given leaf first. */
  static @Nullable String uid(List<String> names) {
    for (String name : names) {
      Matcher pod = POD.matcher(name);
      if (name.contains("pod") && pod.find()) {
        return pod.group(1).replace('_', '-');
      }
    }
    return null;
  }
}
