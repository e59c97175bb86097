package io.netspan.bench.machine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Who has used the CPUs up to a moment, in ticks.
 *
 * @param busy of all CPUs: by processes, the kernel and interrupts
 * @param stolen that other virtual machines had
 */
record CpuSnapshot(long atNs, long busy, long stolen, Map<Long, ProcessCpu> processes) {
  /** USER_HZ, which is 100 on all architectures that netspan runs on. */
  static final int TICKS_PER_SECOND = 100;

  private static final long KERNEL_THREADS = 2;

  static CpuSnapshot take() throws IOException {
    Map<Long, ProcessCpu> processes = new HashMap<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path folder : folders) {
        try {
          ProcessCpu.parse(Files.readString(folder.resolve("stat")))
              .ifPresent(process -> processes.put(process.pid(), process));
        } catch (IOException e) {
          // The process has ended.
        }
      }
    }
    return of(System.nanoTime(), Files.readString(Path.of("/proc/stat")), processes);
  }

  static CpuSnapshot of(long atNs, String stat, Map<Long, ProcessCpu> processes) {
    // cpu user nice system idle iowait irq softirq steal
    String[] fields = stat.lines().findFirst().orElseThrow().split(" +", -1);
    long busy = 0;
    for (int i : new int[] {1, 2, 3, 6, 7}) {
      busy += Long.parseLong(fields[i]);
    }
    return new CpuSnapshot(atNs, busy, Long.parseLong(fields[8]), processes);
  }

  /** The ticks of a process with all its descendants, those that have ended included. */
  long ticksBelow(long root) {
    Set<Long> tree = below(root);
    return sum(tree);
  }

  /** The ticks of all others, without the kernel's threads. */
  long ticksOfOthers(long root) {
    Set<Long> others = new HashSet<>(processes.keySet());
    others.removeAll(below(root));
    others.removeAll(below(KERNEL_THREADS));
    return sum(others);
  }

  /** The own ticks of the others, by the names of their programs. */
  Map<String, Long> othersByName(long root) {
    Set<Long> left = below(root);
    left.addAll(below(KERNEL_THREADS));
    Map<String, Long> names = new HashMap<>();
    processes.values().stream()
        .filter(process -> !left.contains(process.pid()))
        .forEach(process -> names.merge(process.name(), process.own(), Long::sum));
    return names;
  }

  private long sum(Set<Long> pids) {
    return processes.values().stream()
        .filter(process -> pids.contains(process.pid()))
        .mapToLong(ProcessCpu::all)
        .sum();
  }

  private Set<Long> below(long root) {
    Set<Long> tree = new HashSet<>(Set.of(root));
    boolean grown = true;
    while (grown) {
      grown = false;
      for (ProcessCpu process : processes.values()) {
        grown |= tree.contains(process.parent()) && tree.add(process.pid());
      }
    }
    return tree;
  }
}
