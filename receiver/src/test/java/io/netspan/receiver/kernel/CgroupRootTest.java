package io.netspan.receiver.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CgroupRootTest {
  @TempDir private Path folder;

  private Path mounts(String... lines) throws IOException {
    return Files.writeString(folder.resolve("mounts"), String.join("\n", lines) + "\n");
  }

  private Path mounted(String name) throws IOException {
    return Files.createDirectory(folder.resolve(name));
  }

  @Test
  void theVersion2HierarchyIsFoundAmongOtherMounts() throws IOException {
    Path root = mounted("unified");
    assertThat(
            CgroupRoot.find(
                mounts(
                    "cgroup " + mounted("cpu") + " cgroup rw 0 0",
                    "",
                    "tmpfs /tmp tmpfs rw 0 0",
                    "cgroup2 " + root + " cgroup2 rw,relatime 0 0")))
        .contains(root);
  }

  @Test
  void aMountOfAPartOfTheHierarchyIsNotItsRoot() throws IOException {
    Path part = mounted("part");
    Files.createFile(part.resolve("cgroup.events"));
    assertThat(CgroupRoot.find(mounts("cgroup2 " + part + " cgroup2 ro 0 0"))).isEmpty();
  }

  @Test
  void aMissingMountPointIsNotFound() throws IOException {
    assertThat(CgroupRoot.find(mounts("cgroup2 " + folder.resolve("gone") + " cgroup2 rw 0 0")))
        .isEmpty();
    assertThat(CgroupRoot.find(mounts("", "short"))).isEmpty();
    assertThat(CgroupRoot.find(folder.resolve("none"))).isEmpty();
  }
}
