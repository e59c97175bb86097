package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** {@link FileCalls} by the Foreign Function and Memory API. */
public final class PanamaFileCalls implements FileCalls {

  // asm-generic/unistd.h and x86-64's table have the same number.
  private static final long SYS_OPENAT2 = 437;

  // struct open_how {__u64 flags; __u64 mode; __u64 resolve;}
  private static final long OPEN_HOW = 24;
  private static final long RESOLVE = 16;

  private static final int AT_EMPTY_PATH = 0x1000;

  private final MethodHandle syscall;
  private final MethodHandle statx;
  private final MethodHandle read;
  private final MethodHandle close;

  /**
   * Links the functions.
   *
   * @throws NativeUnavailableException if native access is denied
   */
  public PanamaFileCalls() {
    Binder binder = Binder.libcOnly();
    syscall =
        binder.libcErrno("syscall", JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG);
    statx = binder.libcErrno("statx", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS);
    read = binder.libcErrno("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    close = binder.libcErrno("close", JAVA_INT, JAVA_INT);
  }

  @Override
  public int openat2(int directory, String path, long flags, long resolve) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment how = arena.allocate(OPEN_HOW, Long.BYTES);
      how.set(JAVA_LONG, 0, flags);
      how.set(JAVA_LONG, RESOLVE, resolve);
      MemorySegment name = arena.allocateFrom(path);
      long result =
          (long) syscall.invokeExact(errno, SYS_OPENAT2, (long) directory, name, how, OPEN_HOW);
      return (int) Binder.orNegative(result, errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int statx(int fd, int flags, int mask, MemorySegment status) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment none = arena.allocateFrom("");
      return Binder.orNegative(
          (int) statx.invokeExact(errno, fd, none, flags | AT_EMPTY_PATH, mask, status), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return Downcall.ofLibc(read, fd, buffer);
  }

  @Override
  public int close(int fd) {
    return Downcall.ofLibc(close, fd);
  }
}
