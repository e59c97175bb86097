package io.netspan.bpf.sys;

import static io.netspan.bpf.sys.CFunction.pointer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The libc half of {@link PanamaCalls}. */
abstract sealed class PanamaLibc implements NativeCalls permits PanamaCalls {

  // sysconf's number on Linux, for glibc and musl
  private static final int SC_PAGESIZE = 30;

  private final CFunction mmap;
  private final CFunction munmap;
  private final CFunction epollCreate;
  private final CFunction epollCtl;
  private final CFunction epollWait;
  private final CFunction eventfd;
  private final CFunction open;
  private final CFunction read;
  private final CFunction write;
  private final CFunction close;
  private final CFunction sysconf;

  PanamaLibc(CLibrary libc) {
    mmap = libc.function("mmap");
    munmap = libc.function("munmap");
    epollCreate = libc.function("epoll_create1");
    epollCtl = libc.function("epoll_ctl");
    epollWait = libc.function("epoll_wait");
    eventfd = libc.function("eventfd");
    open = libc.function("open");
    read = libc.function("read");
    write = libc.function("write");
    close = libc.function("close");
    sysconf = libc.function("sysconf");
  }

  @Override
  public long mmap(long address, long length, int prot, int flags, int fd, long offset) {
    return mmap.callLongOrErrno(address, length, prot, flags, fd, offset);
  }

  @Override
  public int munmap(long address, long length) {
    return munmap.callIntOrErrno(address, length);
  }

  @Override
  @SuppressWarnings("restricted") // the kernel gave the address and the length
  public MemorySegment memory(long address, long length, Arena arena) {
    return MemorySegment.ofAddress(address).reinterpret(length, arena, null);
  }

  @Override
  public int epollCreate1(int flags) {
    return epollCreate.callIntOrErrno(flags);
  }

  @Override
  public int epollCtl(int epollFd, int operation, int fd, int events, long data) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment event = Abi.epollEvent(arena, events, data);
      return epollCtl.callIntOrErrno(epollFd, operation, fd, pointer(event));
    }
  }

  @Override
  public int epollWait(int epollFd, long[] data, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment events = Abi.epollEvents(arena, data.length);
      int ready = epollWait.callIntOrErrno(epollFd, pointer(events), data.length, timeoutMillis);
      for (int i = 0; i < ready; i++) {
        data[i] = Abi.epollData(events, i);
      }
      return ready;
    }
  }

  @Override
  public int eventfd(int initial, int flags) {
    return eventfd.callIntOrErrno(initial, flags);
  }

  @Override
  public int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return open.callIntOrErrno(pointer(arena.allocateFrom(path)), flags);
    }
  }

  @Override
  public long read(int fd, MemorySegment buffer) {
    return read.callLongOrErrno(fd, pointer(buffer), buffer.byteSize());
  }

  @Override
  public long write(int fd, MemorySegment buffer) {
    return write.callLongOrErrno(fd, pointer(buffer), buffer.byteSize());
  }

  @Override
  public int close(int fd) {
    return close.callIntOrErrno(fd);
  }

  @Override
  public long pageSize() {
    return sysconf.callLongOrErrno(SC_PAGESIZE);
  }
}
