package io.netspan.linux.clock;

import io.netspan.bpf.sys.ClockCalls;

/**
 * CLOCK_BOOTTIME, which advances while the machine is suspended and cannot be set. BPF programs
 * read it with {@code bpf_ktime_get_boot_ns} (Linux 5.8). Its values must not be compared with
 * {@link System#nanoTime}, which reads CLOCK_MONOTONIC and stops during suspension.
 */
public final class BootClock {

  private BootClock() {}

  /** Nanoseconds since the boot. One vDSO call; any thread. */
  public static long nanos() {
    return ClockCalls.bootNanos();
  }
}
