package io.netspan.enrich;

import java.nio.charset.StandardCharsets;

/** Compares names that the kernel programs recorded with names that were read whole. */
public final class RecordedName {
  /** In bytes: the kernel programs keep this much of an executable's name, more of a cgroup's. */
  private static final int KERNEL_CUT = 63;

  private static final char UNDECODED = '\uFFFD';

  private RecordedName() {}

  static boolean mayBeCut(String recorded) {
    return recorded.getBytes(StandardCharsets.UTF_8).length >= KERNEL_CUT;
  }

  /**
   * Whether a recorded name can be of the same thing as one that was read. The start of the name is
   * enough where the kernel programs cut it, perhaps within a character. A name that could not be
   * decoded (procfs's links, where the locale is C and the name is not ASCII) matches any.
   */
  public static boolean matches(String recorded, String read) {
    if (recorded.equals(read) || read.indexOf(UNDECODED) >= 0) {
      return true;
    }
    int half = recorded.endsWith(String.valueOf(UNDECODED)) ? 1 : 0;
    return mayBeCut(recorded) && read.startsWith(recorded.substring(0, recorded.length() - half));
  }
}
