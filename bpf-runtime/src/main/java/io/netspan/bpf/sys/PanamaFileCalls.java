package io.netspan.bpf.sys;

import static io.netspan.bpf.sys.CFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@link FileCalls} by the Foreign Function and Memory API. */
public final class PanamaFileCalls implements FileCalls {

  // asm-generic/unistd.h and x86-64's table have the same number.
  private static final long SYS_OPENAT2 = 437;

  // struct open_how {__u64 flags; __u64 mode; __u64 resolve;}
  private static final long OPEN_HOW = 24;
  private static final long RESOLVE = 16;

  private static final int AT_EMPTY_PATH = 0x1000;

  private final CFunction syscall;
  private final CFunction statx;
  private final CFunction read;
  private final CFunction close;

  /**
   * Links the functions.
   *
   * @throws NativeUnavailableException if native access is denied
   */
  public PanamaFileCalls() {
    CLibrary libc = CLibrary.libc();
    syscall = libc.function("syscall");
    statx = libc.function("statx");
    read = libc.function("read");
    close = libc.function("close");
  }

  @Override
  public int openat2(int directory, String path, long flags, long resolve) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment how = arena.allocate(OPEN_HOW, Long.BYTES);
      how.set(JAVA_LONG, 0, flags);
      how.set(JAVA_LONG, RESOLVE, resolve);
      MemorySegment name = arena.allocateFrom(path);
      return (int)
          syscall.callLongOrErrno(SYS_OPENAT2, directory, pointer(name), pointer(how), OPEN_HOW);
    }
  }

  @Override
  public int statx(int fd, int flags, int mask, MemorySegment status) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment none = arena.allocateFrom("");
      return statx.callIntOrErrno(fd, pointer(none), flags | AT_EMPTY_PATH, mask, pointer(status));
    }
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return read.callLongOrErrno(fd, pointer(buffer), buffer.byteSize());
  }

  @Override
  public int close(int fd) {
    return close.callIntOrErrno(fd);
  }
}
