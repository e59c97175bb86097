package io.netspan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A cgroup of version 1 or 2 with a memory limit; close() removes it after its processes have
 * ended.
 */
record MemoryCgroup(Path folder) implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  /** Creates a cgroup; returns empty without access to the root of a memory controller. */
  static Optional<MemoryCgroup> create(long bytes) throws IOException {
    String name = "netspan-it-" + ProcessHandle.current().pid();
    Path version1 = ROOT.resolve("memory");
    if (Files.isWritable(version1.resolve("cgroup.procs"))) {
      return Optional.of(limited(version1.resolve(name), "memory.limit_in_bytes", bytes));
    }
    Path subtree = ROOT.resolve("cgroup.subtree_control");
    if (Files.isWritable(subtree) && Files.readString(subtree).contains("memory")) {
      return Optional.of(limited(ROOT.resolve(name), "memory.max", bytes));
    }
    return Optional.empty();
  }

  private static MemoryCgroup limited(Path folder, String file, long bytes) throws IOException {
    Files.createDirectory(folder);
    Files.writeString(folder.resolve(file), Long.toString(bytes));
    return new MemoryCgroup(folder);
  }

  /** Returns the prefix of a command that runs the rest of the command in the cgroup. */
  String[] entering() {
    return new String[] {
      "bash", "-c", "echo $$ >" + folder + "/cgroup.procs && exec \"$@\"", "bash"
    };
  }

  /** Returns the memory that is charged to the cgroup, in bytes. */
  long usage() {
    try {
      Path version1 = folder.resolve("memory.usage_in_bytes");
      Path file = Files.exists(version1) ? version1 : folder.resolve("memory.current");
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    await("its processes to end").until(() -> folder.toFile().delete());
  }
}
