package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The libc half of {@link PanamaCalls}. */
abstract sealed class PanamaLibc implements NativeCalls permits PanamaCalls {

  // sysconf's number on Linux, for glibc and musl
  private static final int SC_PAGESIZE = 30;

  private final MethodHandle mmap;
  private final MethodHandle munmap;
  private final MethodHandle epollCreate;
  private final MethodHandle epollCtl;
  private final MethodHandle epollWait;
  private final MethodHandle eventfd;
  private final MethodHandle open;
  private final MethodHandle read;
  private final MethodHandle write;
  private final MethodHandle close;
  private final MethodHandle sysconf;

  PanamaLibc(Binder binder) {
    mmap =
        binder.libcErrno(
            "mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    munmap = binder.libcErrno("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    epollCreate = binder.libcErrno("epoll_create1", JAVA_INT, JAVA_INT);
    epollCtl = binder.libcErrno("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
    epollWait = binder.libcErrno("epoll_wait", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    eventfd = binder.libcErrno("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    open = binder.libcErrno("open", JAVA_INT, ADDRESS, JAVA_INT);
    read = binder.libcErrno("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    write = binder.libcErrno("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    close = binder.libcErrno("close", JAVA_INT, JAVA_INT);
    sysconf = binder.libcErrno("sysconf", JAVA_LONG, JAVA_INT);
  }

  @Override
  public long mmap(long address, long length, int prot, int flags, int fd, long offset) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      long result = (long) mmap.invokeExact(errno, address, length, prot, flags, fd, offset);
      return Binder.orNegative(result, errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int munmap(long address, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative((int) munmap.invokeExact(errno, address, length), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  @SuppressWarnings("restricted") // the kernel gave the address and the length
  public MemorySegment memory(long address, long length, Arena arena) {
    return MemorySegment.ofAddress(address).reinterpret(length, arena, null);
  }

  @Override
  public int epollCreate1(int flags) {
    return Downcall.ofLibc(epollCreate, flags);
  }

  @Override
  public int epollCtl(int epollFd, int operation, int fd, int events, long data) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment event = Abi.epollEvent(arena, events, data);
      return Binder.orNegative(
          (int) epollCtl.invokeExact(errno, epollFd, operation, fd, event), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int epollWait(int epollFd, long[] data, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment events = Abi.epollEvents(arena, data.length);
      int ready =
          Binder.orNegative(
              (int) epollWait.invokeExact(errno, epollFd, events, data.length, timeoutMillis),
              errno);
      for (int i = 0; i < ready; i++) {
        data[i] = Abi.epollData(events, i);
      }
      return ready;
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int eventfd(int initial, int flags) {
    return Downcall.ofLibc(eventfd, initial, flags);
  }

  @Override
  public int open(String path, int flags) {
    return Downcall.ofLibc(open, path, flags);
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return Downcall.ofLibc(read, fd, buffer);
  }

  @Override
  public long write(int fd, MemorySegment buffer) {
    return Downcall.ofLibc(write, fd, buffer);
  }

  @Override
  public int close(int fd) {
    return Downcall.ofLibc(close, fd);
  }

  @Override
  public long pageSize() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative((long) sysconf.invokeExact(errno, SC_PAGESIZE), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }
}
