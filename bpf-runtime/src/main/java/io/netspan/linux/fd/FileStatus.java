package io.netspan.linux.fd;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/** What {@code statx} says about an open file. */
record FileStatus(int mode, int uid, long inode, long device) {
  // linux/stat.h: STATX_TYPE, STATX_MODE, STATX_UID, STATX_INO
  static final int MASK = 1 | 2 | 8 | 0x100;

  /** STATX_MNT_ID, since Linux 5.8. */
  static final int MOUNT_MASK = 0x1000;

  /** The size of {@code struct statx}. */
  static final long BYTES = 256;

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int OWNER_SHIFT = 6;
  private static final int READ = 4;
  private static final int SEARCH = 1;

  /** The kernel gives this number for all users that have none in the agent's user namespace. */
  private static final int OVERFLOW_UID = 65534;

  static FileStatus of(MemorySegment statx) {
    return new FileStatus(
        statx.get(JAVA_SHORT, 28) & 0xffff,
        statx.get(JAVA_INT, 20),
        statx.get(JAVA_LONG, 32),
        ((long) statx.get(JAVA_INT, 136) << 32) | (statx.get(JAVA_INT, 140) & 0xffff_ffffL));
  }

  /** The id of the mount that the file was opened in; -1 if the kernel did not give it. */
  static long mountOf(MemorySegment statx) {
    return (statx.get(JAVA_INT, 0) & MOUNT_MASK) == 0 ? -1 : statx.get(JAVA_LONG, 144);
  }

  boolean isDirectory() {
    return (mode & TYPE) == DIRECTORY;
  }

  boolean isRegular() {
    return (mode & TYPE) == REGULAR;
  }

  boolean mayBeSearchedBy(int user) {
    return permits(user, SEARCH);
  }

  boolean mayBeReadBy(int user) {
    return permits(user, READ);
  }

  boolean isSameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }

  private boolean permits(int user, int permission) {
    return user == 0
        || (mode & permission) != 0
        || (user == uid && user != OVERFLOW_UID && ((mode >> OWNER_SHIFT) & permission) != 0);
  }
}
