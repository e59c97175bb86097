package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/** {@code clock_gettime}, which Java has for CLOCK_MONOTONIC and CLOCK_REALTIME alone. */
public final class ClockCalls {

  // <linux/time.h>
  private static final int CLOCK_BOOTTIME = 7;

  // struct timespec {time_t tv_sec; long tv_nsec;}, both 64 bits on 64-bit Linux
  private static final long TIMESPEC = 16;
  private static final long TV_NSEC = 8;

  private static final CFunction CLOCK_GETTIME = CLibrary.libc().function("clock_gettime");

  private ClockCalls() {}

  /** CLOCK_BOOTTIME, in nanoseconds. */
  public static long bootNanos() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment now = arena.allocate(TIMESPEC, Long.BYTES);
      int result = CLOCK_GETTIME.callInt(CLOCK_BOOTTIME, CFunction.pointer(now));
      if (result != 0) {
        throw new IllegalStateException("no CLOCK_BOOTTIME, which Linux has since 2.6.39");
      }
      return TimeUnit.SECONDS.toNanos(now.get(JAVA_LONG, 0)) + now.get(JAVA_LONG, TV_NSEC);
    }
  }
}
