package io.netspan.receiver.wire;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.util.Locale;

/** The kernel side's own counts at one moment, {@code struct counters} of all CPUs added up. */
public final class KernelCounts {
  /** The kinds of failures in the kernel programs: {@code enum netspan_failure}, in its order. */
  public enum Failure {
    ANNOUNCED_UPDATE,
    OWN_UPDATE,
    NOT_TCP,
    SUBFLOWS,
    CGROUP_UPDATE,
    CGROUP_CUT;

    public String value() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final int TYPES = EventType.values().length;
  static final StructLayout LAYOUT =
      MemoryLayout.structLayout(
              u64s("lost", TYPES),
              u64s("failed", Failure.values().length),
              WireLayout.U64.withName("stood_in"))
          .withName("counters");
  private static final long LOST = WireLayout.offset(LAYOUT, "lost");
  private static final long FAILED = WireLayout.offset(LAYOUT, "failed");
  private static final long STOOD_IN = WireLayout.offset(LAYOUT, "stood_in");

  private final long[] lost = new long[TYPES];
  private final long[] failed = new long[Failure.values().length];
  private long stoodIn;

  /** Records for which the ring had no room. */
  public long lost(EventType type) {
    return lost[type.code()];
  }

  public long failed(Failure why) {
    return failed[why.ordinal()];
  }

  /** Skipped runs of the program for which the second program stood in. */
  public long stoodIn() {
    return stoodIn;
  }

  private void add(MemorySegment counters, long at) {
    addTo(lost, counters, at + LOST);
    addTo(failed, counters, at + FAILED);
    stoodIn += counters.get(WireLayout.U64, at + STOOD_IN);
  }

  private static void addTo(long[] sums, MemorySegment counters, long at) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += counters.get(WireLayout.U64, at + (long) i * Long.BYTES);
    }
  }

  /**
   * Adds up the counts of all CPUs.
   *
   * @param values one {@code struct counters} per CPU, as a per-CPU map's look-up gives them
   */
  public static KernelCounts sum(MemorySegment values, int cpus) {
    KernelCounts counts = new KernelCounts();
    for (int cpu = 0; cpu < cpus; cpu++) {
      counts.add(values, LAYOUT.byteSize() * cpu);
    }
    return counts;
  }

  /** The size of one CPU's counts, in bytes. */
  public static long size() {
    return LAYOUT.byteSize();
  }

  private static MemoryLayout u64s(String name, int count) {
    return MemoryLayout.sequenceLayout(count, WireLayout.U64).withName(name);
  }
}
