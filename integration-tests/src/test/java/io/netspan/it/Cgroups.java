package io.netspan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Cgroups of a test in any of the machine's hierarchies; close() removes them. */
final class Cgroups implements AutoCloseable {
  private static final String OWN = "netspan-it-" + ProcessHandle.current().pid();

  /** Takes no process before it has processors and memory. */
  private static final String CPUSET = "cpuset";

  private final List<Path> created = new ArrayList<>();

  /** Returns the root of version 2; empty if it is not mounted. */
  static List<Path> version2() throws IOException {
    return List.copyOf(mounted("cgroup2").values());
  }

  /** Returns the roots of version 1 by their folders' names, such as {@code memory}. */
  static Map<String, Path> version1() throws IOException {
    Map<String, Path> roots = mounted("cgroup");
    roots.remove(CPUSET);
    return roots;
  }

  private static Map<String, Path> mounted(String type) throws IOException {
    return Files.readAllLines(Path.of("/proc/mounts")).stream()
        .map(line -> line.split(" ", 4))
        .filter(words -> words[2].equals(type))
        .map(words -> Path.of(words[1]))
        .collect(
            Collectors.toMap(
                root -> root.getFileName().toString(),
                root -> root,
                (first, _) -> first,
                TreeMap::new));
  }

  /** Creates a cgroup, and those above it, in a folder of this test's own. */
  Path create(Path root, String path) throws IOException {
    Path cgroup = root.resolve(OWN);
    createIfMissing(cgroup);
    for (String name : path.split("/", -1)) {
      cgroup = cgroup.resolve(name);
      createIfMissing(cgroup);
    }
    return cgroup;
  }

  private void createIfMissing(Path cgroup) throws IOException {
    if (!Files.exists(cgroup)) {
      created.add(Files.createDirectory(cgroup));
    }
  }

  /** Returns the prefix of a command that runs the rest of the command in these cgroups. */
  static List<String> entering(List<Path> cgroups) {
    String enter =
        cgroups.stream()
            .map(cgroup -> "echo $$ >'" + cgroup.resolve("cgroup.procs") + "' && ")
            .collect(Collectors.joining());
    return List.of("bash", "-c", enter + "exec \"$@\"", "bash");
  }

  /** Moves a process. */
  static void move(long pid, Path cgroup) throws IOException {
    Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(pid));
  }

  /** Removes all of them, which have to be empty. */
  @Override
  public void close() {
    for (Path cgroup : created.reversed()) {
      await("an empty cgroup")
          .pollDelay(Duration.ZERO)
          .until(() -> cgroup.toFile().delete() || !Files.exists(cgroup));
    }
    created.clear();
  }
}
