package io.netspan.receiver.cli;

import io.netspan.linux.clock.BootClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How long ago this process was started. {@link ProcessHandle} is exact to the second only, and
 * takes 1970 for the time of the boot where {@code /proc/stat} is hidden ({@code subset=pid}).
 */
final class ProcessAge {
  private static final Path STAT = Path.of("/proc/self/stat");

  /** {@code USER_HZ}, the unit of that file on x86-64 and aarch64. */
  private static final long TICK_NS = 10_000_000;

  /** {@code starttime}, counted from the field after the name: CLOCK_BOOTTIME in ticks. */
  private static final int START = 19;

  private ProcessAge() {}

  /** The age in milliseconds; empty if it cannot be determined. */
  static OptionalLong millis() {
    try {
      byte[] stat = Files.readAllBytes(STAT);
      return millis(new String(stat, StandardCharsets.ISO_8859_1), BootClock.nanos());
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /**
   * The age in milliseconds; empty if it cannot be determined.
   *
   * @param stat the contents of {@code /proc/self/stat}; the name in it is in brackets and may
   *     itself contain brackets
   */
  static OptionalLong millis(String stat, long bootNs) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
    try {
      long age = bootNs - Long.parseLong(fields[START]) * TICK_NS;
      return age < 0 ? OptionalLong.empty() : OptionalLong.of(age / 1_000_000);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return OptionalLong.empty();
    }
  }
}
