package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** {@link DescriptorCalls} by the Foreign Function and Memory API. */
public final class PanamaDescriptorCalls implements DescriptorCalls {

  // struct pollfd {int fd; short events; short revents;}
  private static final long POLLFD = 8;
  private static final long EVENTS = 4;
  private static final long REVENTS = 6;

  private final MethodHandle write;
  private final MethodHandle poll;

  /**
   * Links the functions.
   *
   * @throws NativeUnavailableException if native access is denied
   */
  public PanamaDescriptorCalls() {
    Binder binder = Binder.libcOnly();
    write = binder.libcErrno("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    poll = binder.libcErrno("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  }

  @Override
  public long write(int fd, MemorySegment bytes) {
    return Downcall.ofLibc(write, fd, bytes);
  }

  @Override
  public int poll(int fd, int events, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment one = arena.allocate(POLLFD, Long.BYTES);
      one.set(JAVA_INT, 0, fd);
      one.set(JAVA_SHORT, EVENTS, (short) events);
      int count = Binder.orNegative((int) poll.invokeExact(errno, one, 1L, timeoutMillis), errno);
      return count > 0 ? one.get(JAVA_SHORT, REVENTS) : count;
    } catch (Throwable e) {
      throw Downcall.impossible(e);
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
