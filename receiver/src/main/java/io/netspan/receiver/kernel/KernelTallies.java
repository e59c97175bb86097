package io.netspan.receiver.kernel;

import io.netspan.bpf.object.BpfMap;
import io.netspan.receiver.wire.KernelCounts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads the counts that the kernel side keeps per CPU. Any thread. */
final class KernelTallies {
  private final BpfMap map;

  KernelTallies(BpfMap map) {
    this.map = map;
  }

  /** Reads the counts, while the CPUs go on counting. */
  KernelCounts read() {
    int cpus = BpfMap.possibleCpus();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(KernelCounts.size() * cpus, Long.BYTES);
      map.lookup(0, values);
      return KernelCounts.sum(values, cpus);
    }
  }
}
