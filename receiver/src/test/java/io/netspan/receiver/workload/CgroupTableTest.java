package io.netspan.receiver.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.cgroup.CgroupPath.Hierarchy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CgroupTableTest {
  private static final String ID = "0".repeat(64);

  private final CgroupTable table = new CgroupTable();

  private void describe(long cgroups, Hierarchy hierarchy, String... names) {
    describe(cgroups, hierarchy.ordinal(), String.join("\0", names) + "\0");
  }

  private void describe(long cgroups, int hierarchy, String path) {
    table.described(cgroups, hierarchy, path.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Test
  void aSetThatWasNotDescribedHasNoNames() {
    describe(1, Hierarchy.UNIFIED, "a");

    assertThat(table.names(1)).containsExactly("a");
    assertThat(table.names(2)).isEmpty();
    assertThat(table.names(0)).isEmpty();
  }

  @Test
  void theTellingPathOfASetIsUsedInWhateverOrderTheyCome() {
    describe(1, Hierarchy.UNIFIED, "containerd.service", "system.slice");
    describe(1, Hierarchy.CONTROLLERS, ID, "docker");
    describe(2, Hierarchy.CONTROLLERS, ID, "docker");
    describe(2, Hierarchy.UNIFIED, "containerd.service", "system.slice");

    assertThat(table.names(1)).isEqualTo(table.names(2)).containsExactly(ID, "docker");
  }

  @Test
  void whatIsDescribedAgainStaysTheSame() {
    describe(1, Hierarchy.UNIFIED, "a", "b");
    List<String> names = table.names(1);
    describe(1, Hierarchy.UNIFIED, "a", "b");

    assertThat(table.names(1)).isSameAs(names);
  }

  @Test
  void noSetIsForgottenWithinAGeneration() {
    describe(1, Hierarchy.UNIFIED, "first");
    for (int i = 0; i < CgroupTable.REMEMBERED; i++) {
      describe(1_000 + i, Hierarchy.UNIFIED, "other");
    }

    assertThat(table.names(1)).containsExactly("first");
  }

  @Test
  void aSetInUseSurvivesGenerationsAndOthersDoNot() {
    describe(1, Hierarchy.UNIFIED, "used");
    describe(2, Hierarchy.UNIFIED, "unused");
    for (int i = 0; i < 4 * CgroupTable.REMEMBERED; i++) {
      describe(1_000 + i, Hierarchy.UNIFIED, "other");
      assertThat(table.names(1)).containsExactly("used");
    }

    assertThat(table.names(2)).isEmpty();
  }

  /** Two bytes for a character, and 56 for each of the names. */
  @Test
  void theLongestPathsOfAllThatTheKernelSideRemembersFitIntoAGeneration() {
    describe(1, Hierarchy.UNIFIED, "first");
    for (int i = 0; i < WorkloadTable.REMEMBERED_CGROUPS; i++) {
      describe(1_000 + i, 0, ("n".repeat(28) + "\0").repeat(64));
    }
    assertThat(table.names(1)).containsExactly("first");

    for (int i = 0; i < 4 * CgroupTable.REMEMBERED; i++) {
      describe(100_000 + i, 0, ("n".repeat(28) + "\0").repeat(64));
    }
    assertThat(table.names(1)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 3, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void anUnknownHierarchyIsTheLeastTelling(int hierarchy) {
    describe(1, hierarchy, "deep\0er\0");
    describe(1, Hierarchy.NAMED, "a");

    assertThat(table.names(1)).containsExactly("a");
  }

  @Test
  void anyBytesAreNames() {
    describe(1, 0, "");
    describe(2, 0, "\0\0\0");
    describe(3, 0, "without an end");
    describe(4, 0, "\u00ff\n\0b\0");

    assertThat(table.names(1)).isEmpty();
    assertThat(table.names(2)).isEmpty();
    assertThat(table.names(3)).containsExactly("without an end");
    assertThat(table.names(4)).containsExactly("\uFFFD\n", "b");
  }
}
