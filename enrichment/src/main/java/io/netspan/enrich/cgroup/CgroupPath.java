package io.netspan.enrich.cgroup;

import io.netspan.enrich.Container;
import java.util.Comparator;
import java.util.List;

/**
 * The path of a process's cgroup in one hierarchy.
 *
 * @param names the leaf first, the root left out
 */
public record CgroupPath(Hierarchy hierarchy, List<String> names) {

  /** The kind of a hierarchy, in the order of precedence. */
  public enum Hierarchy {
    /** Version 2. */
    UNIFIED,

    /** Version 1, without controllers: systemd's, or another service manager's. */
    NAMED,

    /** Version 1. */
    CONTROLLERS
  }

  private static final Comparator<CgroupPath> TELLING =
      Comparator.comparingInt(CgroupPath::containers)
          .thenComparing(CgroupPath::hierarchy, Comparator.reverseOrder())
          .thenComparingInt(path -> path.names.size());

  public CgroupPath {
    names = List.copyOf(names);
  }

  /**
   * The one of two paths of the same process that says more about it. On a hybrid host a runtime
   * may move its containers in version 1 only, and they stay in the runtime's own cgroup in version
   * 2; so the path with the most containers comes first. Of two alike, this one.
   */
  public CgroupPath orMoreTelling(CgroupPath other) {
    return TELLING.compare(other, this) > 0 ? other : this;
  }

  private int containers() {
    Container container = ContainerCgroup.find(names);
    return container == null ? 0 : container.outerId() == null ? 1 : 2;
  }
}
