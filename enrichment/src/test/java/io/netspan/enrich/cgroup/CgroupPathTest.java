package io.netspan.enrich.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.cgroup.CgroupPath.Hierarchy;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CgroupPathTest {
  private static final String ID = "0".repeat(64);
  private static final String OUTER = "1".repeat(64);

  private static CgroupPath path(Hierarchy hierarchy, String... names) {
    return new CgroupPath(hierarchy, List.of(names));
  }

  private static void assertFirst(CgroupPath more, CgroupPath less) {
    assertThat(more.orMoreTelling(less)).isSameAs(more);
    assertThat(less.orMoreTelling(more)).isSameAs(more);
  }

  @Test
  void theOneWithMoreContainersComesFirst() {
    CgroupPath none = path(Hierarchy.UNIFIED, "containerd.service", "system.slice", "a", "b");
    CgroupPath one = path(Hierarchy.CONTROLLERS, ID, "docker");
    CgroupPath nested = path(Hierarchy.CONTROLLERS, ID, "docker", OUTER, "docker");

    assertFirst(one, none);
    assertFirst(nested, one);
    assertFirst(nested, path(Hierarchy.UNIFIED, OUTER, "docker"));
  }

  @Test
  void thenTheHierarchyCounts() {
    assertFirst(path(Hierarchy.UNIFIED, "a"), path(Hierarchy.NAMED, "b", "c"));
    assertFirst(path(Hierarchy.NAMED, "a"), path(Hierarchy.CONTROLLERS, "b", "c"));
  }

  @Test
  void thenTheDepth() {
    assertFirst(path(Hierarchy.CONTROLLERS, "b", "c"), path(Hierarchy.CONTROLLERS, "a"));
  }

  @Test
  void ofTwoAlikeTheFirstStays() {
    CgroupPath one = path(Hierarchy.CONTROLLERS, "a");
    CgroupPath other = path(Hierarchy.CONTROLLERS, "b");

    assertThat(one.orMoreTelling(other)).isSameAs(one);
    assertThat(other.orMoreTelling(one)).isSameAs(other);
  }
}
