package io.netspan.receiver.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the root of the machine's cgroup v2 hierarchy, which covers all processes. */
final class CgroupRoot {
  private CgroupRoot() {}

  /**
   * The mount point; empty if the hierarchy is not mounted, or if only a part of it is, as in a
   * container.
   */
  static Optional<Path> find() {
    return find(Path.of("/proc/self/mounts"));
  }

  static Optional<Path> find(Path mounts) {
    try {
      return Files.readString(mounts)
          .lines()
          .map(line -> line.split(" ", 4))
          .filter(words -> words.length > 2 && words[2].equals("cgroup2"))
          .map(words -> Path.of(words[1]))
          // Every cgroup but the root has this file.
          .filter(path -> Files.isDirectory(path) && !Files.exists(path.resolve("cgroup.events")))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
