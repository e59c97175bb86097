package io.netspan.linux.clock;

import io.netspan.bpf.sys.ClockCalls;

/**
 * CLOCK_BOOTTIME, which goes on while the machine is suspended and cannot be set. Programs read it
 * by {@code bpf_ktime_get_boot_ns} (Linux 5.8). {@link System#nanoTime} is not to be compared with
 * it: that is CLOCK_MONOTONIC, which stands still meanwhile.
 */
public final class BootClock {

  private BootClock() {}

  /** Nanoseconds since the boot. Costs a call of the vDSO; from any thread. */
  public static long nanos() {
    return ClockCalls.bootNanos();
  }
}
