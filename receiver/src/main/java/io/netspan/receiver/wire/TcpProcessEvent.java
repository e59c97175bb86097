package io.netspan.receiver.wire;

import static io.netspan.receiver.wire.WireLayout.offset;
import static io.netspan.receiver.wire.WireLayout.record;
import static io.netspan.receiver.wire.WireLayout.u32;
import static io.netspan.receiver.wire.WireLayout.u64;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.util.ArrayList;
import java.util.List;

/** The events that say what a process does with a socket, all with both at the same offsets. */
public abstract sealed class TcpProcessEvent extends KernelEvent
    permits TcpAcceptEvent, TcpClosingEvent, TcpListenEvent {
  private static final StructLayout PREFIX = processRecord("process");
  private static final long SK = offset(PREFIX, "sk");
  private static final long START_TIME = offset(PREFIX, "start_time");
  private static final long TGID = offset(PREFIX, "tgid");
  private static final long TID = offset(PREFIX, "tid");

  TcpProcessEvent() {}

  static StructLayout processRecord(String name, MemoryLayout... members) {
    List<MemoryLayout> all =
        new ArrayList<>(List.of(u64("sk"), u64("start_time"), u32("tgid"), u32("tid")));
    all.addAll(List.of(members));
    return record(name, all.toArray(MemoryLayout[]::new));
  }

  /**
   * The address of the {@code struct sock}: joins the records of one socket, never leaves the
   * process.
   */
  public final long sk() {
    return readU64(SK);
  }

  /** Start of the process: CLOCK_BOOTTIME ns of its leader; 0 if there is no owner. */
  public final long startTime() {
    return readU64(START_TIME);
  }

  /** The process, in the initial pid namespace; 0: a kernel thread. */
  public final int tgid() {
    return readU32(TGID);
  }

  /** The thread, in the initial pid namespace. */
  public final int tid() {
    return readU32(TID);
  }
}
