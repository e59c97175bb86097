package io.netspan.linux.fd;

import io.netspan.bpf.sys.FileCalls;
import io.netspan.linux.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.NoSuchFileException;
import java.util.Set;

/**
 * A descriptor and the calls on it; close it once.
 *
 * @param name for messages
 */
record OpenFile(FileCalls calls, int fd, String name) implements AutoCloseable {
  // fcntl.h; these flags have the same values on x86-64 and aarch64, unlike O_DIRECTORY.
  private static final long O_NOCTTY = 0x100;
  private static final long O_NONBLOCK = 0x800;
  private static final long O_CLOEXEC = 0x80000;
  private static final long O_PATH = 0x200000;

  // linux/openat2.h
  private static final long RESOLVE_NO_XDEV = 1;
  private static final long RESOLVE_NO_MAGICLINKS = 2;
  private static final long RESOLVE_NO_SYMLINKS = 4;
  private static final long RESOLVE_BENEATH = 8;
  private static final long CONFINED =
      RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;

  private static final int AT_FDCWD = -100;

  /** The kernel answers from its cache, without a request to FUSE or a server. */
  private static final int AT_STATX_DONT_SYNC = 0x4000;

  /** Errors that the path or the file causes; EAGAIN: another process holds a lease on the file. */
  private static final Set<Integer> REFUSALS =
      Set.of(
          Errno.ENOENT,
          Errno.ESRCH,
          Errno.EAGAIN,
          Errno.EXDEV,
          Errno.ENOTDIR,
          Errno.ENAMETOOLONG,
          Errno.ENOSYS,
          Errno.ELOOP);

  /** Opens a directory to start from. */
  static OpenFile reference(FileCalls calls, String path) throws IOException {
    return open(calls, AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
  }

  /** Opens a name in this directory, following links, those of procfs too. */
  OpenFile follow(String below) throws IOException {
    return open(calls, fd, below, O_PATH | O_CLOEXEC, 0);
  }

  /** Opens a name in this directory; neither a link nor a mount point. */
  OpenFile confined(String below) throws IOException {
    return open(calls, fd, below, O_PATH | O_CLOEXEC, CONFINED);
  }

  /** Opens a file of procfs in this directory for reading. */
  OpenFile readable(String below) throws IOException {
    return open(calls, fd, below, O_CLOEXEC, CONFINED);
  }

  /**
   * Opens the file of this descriptor, whatever its name has come to mean, for reading. Does not
   * wait for a lease to be broken.
   */
  OpenFile reopened() throws IOException {
    long flags = O_NONBLOCK | O_NOCTTY | O_CLOEXEC; // O_RDONLY is 0.
    return open(calls, AT_FDCWD, "/proc/self/fd/" + fd, flags, 0);
  }

  private static OpenFile open(
      FileCalls calls, int directory, String name, long flags, long resolve) throws IOException {
    int opened = calls.openat2(directory, name, flags, resolve);
    if (opened < 0) {
      throw failure(name, -opened);
    }
    return new OpenFile(calls, opened, name);
  }

  private static IOException failure(String name, int errno) {
    return REFUSALS.contains(errno)
        ? new NoSuchFileException(name, null, Errno.describe(errno))
        : new IOException(name + ": " + Errno.describe(errno));
  }

  FileStatus status() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return FileStatus.of(statx(arena, FileStatus.MASK));
    }
  }

  /**
   * The id of the mount that the file was opened in, as in {@code /proc/PID/mountinfo}; -1 if not
   * known. The file system is not asked, and need not permit it.
   */
  long mount() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return FileStatus.mountOf(statx(arena, FileStatus.MOUNT_MASK));
    }
  }

  private MemorySegment statx(Arena arena, int mask) throws IOException {
    MemorySegment status = arena.allocate(FileStatus.BYTES, Long.BYTES);
    int result = calls.statx(fd, AT_STATX_DONT_SYNC, mask, status);
    if (result < 0) {
      throw failure(name, -result);
    }
    return status;
  }

  /** The first {@code limit} bytes at most. */
  byte[] content(int limit) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(limit);
      long length = 0;
      while (length < limit) {
        long some = calls.read(fd, buffer.asSlice(length));
        if (some < 0) {
          throw failure(name, (int) -some);
        }
        if (some == 0) {
          break;
        }
        length += some;
      }
      return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Override
  public void close() {
    calls.close(fd);
  }
}
