package io.netspan.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A cgroup that accounts the CPU time and the memory of a program, its BPF maps included. CPU time
 * is of version 2; memory of version 2 where the kernel has memory.peak there (from 5.19 on), else
 * of version 1.
 */
public final class Cgroup implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final Duration END = Duration.ofSeconds(10);

  private final Path cpu;
  private final Optional<Path> memory;

  private Cgroup(Path cpu, Optional<Path> memory) {
    this.cpu = cpu;
    this.memory = memory;
  }

  public static Cgroup create() throws IOException {
    List<String> mounts = Files.readAllLines(Path.of("/proc/mounts"));
    Path root =
        mount(mounts, "cgroup2", "")
            .orElseThrow(() -> new IOException("no cgroup v2 hierarchy is mounted"));
    String name = "netspan-bench-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    Path cpu = Files.createDirectory(root.resolve(name));
    Optional<Path> memory = Optional.empty();
    if (Files.exists(cpu.resolve("memory.peak"))) {
      memory = Optional.of(cpu);
    } else {
      Optional<Path> version1 = mount(mounts, "cgroup", "memory");
      if (version1.isPresent()) {
        memory = Optional.of(Files.createDirectory(version1.get().resolve(name)));
      }
    }
    return new Cgroup(cpu, memory);
  }

  /** Removes those of this process that are left. */
  static void removeAll() throws IOException, InterruptedException {
    List<String> mounts = Files.readAllLines(Path.of("/proc/mounts"));
    for (Optional<Path> root :
        List.of(mount(mounts, "cgroup2", ""), mount(mounts, "cgroup", "memory"))) {
      for (int i = 1; root.isPresent() && i <= NUMBER.get(); i++) {
        remove(root.get().resolve("netspan-bench-" + ProcessHandle.current().pid() + "-" + i));
      }
    }
  }

  static Optional<Path> mount(List<String> mounts, String type, String option) {
    return mounts.stream()
        .map(line -> line.split(" "))
        .filter(fields -> fields.length > 3 && fields[2].equals(type))
        .filter(fields -> option.isEmpty() || Arrays.asList(fields[3].split(",")).contains(option))
        .map(fields -> Path.of(fields[1]))
        .findFirst();
  }

  /** Returns the command that runs another one in this cgroup. */
  public List<String> running(List<String> command) {
    StringBuilder script = new StringBuilder("echo $$ >").append(cpu).append("/cgroup.procs && ");
    memory
        .filter(folder -> !folder.equals(cpu))
        .ifPresent(folder -> script.append("echo $$ >").append(folder).append("/cgroup.procs && "));
    List<String> all =
        new ArrayList<>(List.of("sh", "-c", script.append("exec \"$@\"").toString(), "sh"));
    all.addAll(command);
    return all;
  }

  /** The CPU time of all that has run in it. */
  public double cpuSeconds() throws IOException {
    return Files.readAllLines(cpu.resolve("cpu.stat")).stream()
            .filter(line -> line.startsWith("usage_usec "))
            .mapToLong(line -> Long.parseLong(line.substring("usage_usec ".length())))
            .findFirst()
            .orElseThrow(() -> new IOException(cpu + "/cpu.stat has no usage_usec"))
        / 1e6;
  }

  /** The most memory that was charged to it, in MB; empty where no controller accounts it. */
  public Optional<Double> peakMb() throws IOException {
    if (memory.isEmpty()) {
      return Optional.empty();
    }
    Path version1 = memory.get().resolve("memory.max_usage_in_bytes");
    Path file = Files.exists(version1) ? version1 : memory.get().resolve("memory.peak");
    return Optional.of(Long.parseLong(Files.readString(file).strip()) / 1e6);
  }

  /** Removes it, after its processes have ended. */
  @Override
  public void close() throws IOException {
    try {
      remove(cpu);
      if (memory.isPresent()) {
        remove(memory.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void remove(Path folder) throws IOException, InterruptedException {
    if (!Waiting.until(END, () -> !Files.exists(folder) || folder.toFile().delete())) {
      throw new IOException("the cgroup " + folder + " still has processes");
    }
  }
}
