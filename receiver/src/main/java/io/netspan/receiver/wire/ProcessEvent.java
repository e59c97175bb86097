package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.bytes;
import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;

import java.lang.foreign.StructLayout;

/**
 * {@code struct process_event}: a description of a process, recorded in its own context before its
 * first connection event.
 */
public final class ProcessEvent extends KernelEvent {
  static final StructLayout LAYOUT =
      record(
          "process_event",
          u64("start_time"),
          u64("parent_start_time"),
          u64("cgroups"),
          u32("tgid"),
          u32("parent_tgid"),
          u32("uid"),
          u32("pid_ns"),
          u32("net_ns"),
          u32("exec_id"),
          u64("origin_start_time"),
          u32("origin_tgid"),
          u32("origin_exec_id"),
          bytes("comm", 16),
          bytes("exe", 64));
  private static final long START_TIME = offset(LAYOUT, "start_time");
  private static final long PARENT_START_TIME = offset(LAYOUT, "parent_start_time");
  private static final long CGROUPS = offset(LAYOUT, "cgroups");
  private static final long TGID = offset(LAYOUT, "tgid");
  private static final long PARENT_TGID = offset(LAYOUT, "parent_tgid");
  private static final long UID = offset(LAYOUT, "uid");
  private static final long PID_NS = offset(LAYOUT, "pid_ns");
  private static final long NET_NS = offset(LAYOUT, "net_ns");
  private static final long EXEC_ID = offset(LAYOUT, "exec_id");
  private static final long ORIGIN_START_TIME = offset(LAYOUT, "origin_start_time");
  private static final long ORIGIN_TGID = offset(LAYOUT, "origin_tgid");
  private static final long ORIGIN_EXEC_ID = offset(LAYOUT, "origin_exec_id");
  private static final long COMM = offset(LAYOUT, "comm");
  private static final long EXE = offset(LAYOUT, "exe");

  @Override
  StructLayout layout() {
    return LAYOUT;
  }

  @Override
  EventType type() {
    return EventType.PROCESS;
  }

  /** Start of the process: CLOCK_BOOTTIME ns of its leader; 0 if there is no owner. */
  public long startTime() {
    return readU64(START_TIME);
  }

  public long parentStartTime() {
    return readU64(PARENT_START_TIME);
  }

  /**
   * Stands for the cgroups that the process is in, whose paths {@link CgroupEvent}s told before;
   * there are none of roots.
   */
  public long cgroups() {
    return readU64(CGROUPS);
  }

  /** The process, in the initial pid namespace. */
  public int tgid() {
    return readU32(TGID);
  }

  public int parentTgid() {
    return readU32(PARENT_TGID);
  }

  /** Real user id in the initial user namespace. */
  public int uid() {
    return readU32(UID);
  }

  /** The inode of the pid namespace. */
  public int pidNs() {
    return readU32(PID_NS);
  }

  /** The inode of the network namespace; 0 of a process that is exiting. */
  public int netns() {
    return readU32(NET_NS);
  }

  /**
   * Counts the process's execs, starting at its parent's count; an equal number means the same
   * program.
   */
  public int execId() {
    return readU32(EXEC_ID);
  }

  /**
   * The process that executed the program which this one has run since it was forked; this process
   * itself if it has called exec; 0: not known.
   */
  public int originTgid() {
    return readU32(ORIGIN_TGID);
  }

  public long originStartTime() {
    return readU64(ORIGIN_START_TIME);
  }

  /** The {@link #execId()} that the origin had while it ran that program. */
  public int originExecId() {
    return readU32(ORIGIN_EXEC_ID);
  }

  /** The leader's name as the kernel has it: any bytes but NUL, at most 15. */
  public byte[] comm() {
    return cString(COMM, 16);
  }

  /** Base name of the executable's file, cut to 63 bytes; empty if it is not known. */
  public byte[] exe() {
    return cString(EXE, 64);
  }
}
