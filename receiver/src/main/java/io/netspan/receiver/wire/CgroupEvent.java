package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;

import java.lang.foreign.StructLayout;

/**
 * {@code struct cgroup_event}: the path of one of the cgroups that processes are in, once before
 * the first of them.
 */
public final class CgroupEvent extends KernelEvent {
  private static final int MOST_BYTES = 2048;

  static final StructLayout LAYOUT =
      record(
          "cgroup_event",
          u64("cgroups"),
          u32("hierarchy"),
          u32("path_bytes"),
          bytes("path", MOST_BYTES));
  private static final long CGROUPS = offset(LAYOUT, "cgroups");
  private static final long HIERARCHY = offset(LAYOUT, "hierarchy");
  private static final long PATH_BYTES = offset(LAYOUT, "path_bytes");
  private static final long PATH = offset(LAYOUT, "path");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.CGROUP;
  }

  /** Stands for all cgroups that the processes are in, as in {@link ProcessEvent#cgroups()}. */
  public long cgroups() {
    return readU64(CGROUPS);
  }

  /** {@code enum netspan_hierarchy}. */
  public int hierarchy() {
    return readU32(HIERARCHY);
  }

  /** The names from the leaf upwards, any bytes, each with a NUL after it. */
  public byte[] path() {
    return copyOf(PATH, Math.clamp(Integer.toUnsignedLong(readU32(PATH_BYTES)), 0, MOST_BYTES));
  }
}
