package io.netspan.enrich.cgroup;

import io.netspan.enrich.Container;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the containers in a cgroup's path, whose names are given leaf first. Below its cgroup a
 * container's own init may have created more levels, and further containers with their own; so the
 * search for the innermost container starts at the leaf, and that for the outermost one at the
 * root.
 */
public final class ContainerCgroup {
  private ContainerCgroup() {}

  /** The innermost container, with the id of the outermost one; null if there is none. */
  public static @Nullable Container find(List<String> names) {
    int innermost = innermost(names);
    Container container = ContainerName.find(names, innermost);
    return container == null ? null : container.within(outermost(names, innermost, container.id()));
  }

  /** The names below the cgroup of the innermost container, or of all if there is none. */
  public static List<String> inside(List<String> names) {
    return names.subList(0, innermost(names));
  }

  /** The index of the innermost container; the number of names if there is none. */
  private static int innermost(List<String> names) {
    int index = 0;
    while (index < names.size() && ContainerName.find(names, index) == null) {
      index++;
    }
    return index;
  }

  /** Null if the inner container is in none. */
  private static @Nullable String outermost(List<String> names, int inner, String innerId) {
    for (int i = names.size() - 1; i > inner; i--) {
      Container container = ContainerName.find(names, i);
      if (container != null && !container.id().equals(innerId)) {
        return container.id();
      }
    }
    return null;
  }
}
