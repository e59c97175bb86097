package io.netspan.bpf.sys;

import static io.netspan.bpf.sys.CFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** {@link DescriptorCalls} by the Foreign Function and Memory API. */
public final class PanamaDescriptorCalls implements DescriptorCalls {

  // struct pollfd {int fd; short events; short revents;}
  private static final long POLLFD = 8;
  private static final long EVENTS = 4;
  private static final long REVENTS = 6;

  private final CFunction write;
  private final CFunction poll;

  /**
   * Links the functions.
   *
   * @throws NativeUnavailableException if native access is denied
   */
  public PanamaDescriptorCalls() {
    CLibrary libc = CLibrary.libc();
    write = libc.function("write");
    poll = libc.function("poll");
  }

  @Override
  public long write(int fd, MemorySegment bytes) {
    return write.callLongOrErrno(fd, pointer(bytes), bytes.byteSize());
  }

  @Override
  public int poll(int fd, int events, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocate(POLLFD, Long.BYTES);
      one.set(JAVA_INT, 0, fd);
      one.set(JAVA_SHORT, EVENTS, (short) events);
      int count = poll.callIntOrErrno(pointer(one), 1, timeoutMillis);
      return count > 0 ? one.get(JAVA_SHORT, REVENTS) : count;
    }
  }

  @Override
  public int bound(int domain, int type, MemorySegment address) {
    NetlinkCalls calls = PanamaNetlinkCalls.instance();
    int fd = calls.socket(domain, type, 0);
    if (fd < 0) {
      return fd;
    }
    int result = calls.bind(fd, address);
    if (result < 0) {
      calls.close(fd);
      return result;
    }
    return fd;
  }
}
