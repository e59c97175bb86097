package io.netspan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
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

  /**
   * What is charged to a cgroup, in bytes. A process is killed when anonymous memory and the
   * kernel's together exceed the limit, because the pages of files can be taken back.
   *
   * @param anonymous heap, stacks, and all other memory without a file
   * @param kernel BPF programs and maps, page tables, the stacks of threads
   * @param files pages of files
   * @param peak the most that all of it was
   */
  record Usage(long anonymous, long kernel, long files, long peak) {
    @Override
    public String toString() {
      return "anonymous %d MiB, kernel %d MiB, files %d MiB, peak of all %d MiB"
          .formatted(anonymous >> 20, kernel >> 20, files >> 20, peak >> 20);
    }
  }

  /** Returns what is charged to the cgroup now. */
  Usage usage() {
    if (Files.exists(folder.resolve("memory.usage_in_bytes"))) {
      return new Usage(
          stat("rss"),
          number("memory.kmem.usage_in_bytes"),
          stat("cache"),
          number("memory.max_usage_in_bytes"));
    }
    return new Usage(stat("anon"), stat("kernel"), stat("file"), number("memory.peak"));
  }

  private long stat(String name) {
    return read("memory.stat")
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(folder + "/memory.stat has no " + name));
  }

  private long number(String file) {
    return Long.parseLong(read(file).strip());
  }

  private String read(String file) {
    try {
      return Files.readString(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    await("its processes to end").until(() -> folder.toFile().delete());
  }
}
