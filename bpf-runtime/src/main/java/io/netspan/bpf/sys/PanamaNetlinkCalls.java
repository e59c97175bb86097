package io.netspan.bpf.sys;

import static io.netspan.bpf.sys.CFunction.pointer;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** {@link NetlinkCalls} by the Foreign Function and Memory API. */
public final class PanamaNetlinkCalls implements NetlinkCalls {

  // struct pollfd {int fd; short events; short revents;}
  private static final long POLLFD = 8;
  private static final long EVENTS = 4;
  private static final long REVENTS = 6;
  private static final short POLLIN = 1;

  private static @Nullable PanamaNetlinkCalls instance;

  private final CFunction socket;
  private final CFunction bind;
  private final CFunction setsockopt;
  private final CFunction send;
  private final CFunction recvfrom;
  private final CFunction poll;
  private final CFunction open;
  private final CFunction close;
  private final CFunction setns;

  private PanamaNetlinkCalls(CLibrary libc) {
    socket = libc.function("socket");
    bind = libc.function("bind");
    setsockopt = libc.function("setsockopt");
    send = libc.function("send");
    recvfrom = libc.function("recvfrom");
    poll = libc.function("poll");
    open = libc.function("open");
    close = libc.function("close");
    setns = libc.function("setns");
  }

  /**
   * The only instance, linked on first use.
   *
   * @throws NativeUnavailableException if native access is denied
   */
  public static synchronized NetlinkCalls instance() {
    PanamaNetlinkCalls known = instance;
    if (known == null) {
      known = new PanamaNetlinkCalls(CLibrary.libc());
      instance = known;
    }
    return known;
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    return socket.callIntOrErrno(domain, type, protocol);
  }

  @Override
  public int bind(int fd, MemorySegment address) {
    return bind.callIntOrErrno(fd, pointer(address), address.byteSize());
  }

  @Override
  public int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment given = arena.allocateFrom(JAVA_INT, value);
      return setsockopt.callIntOrErrno(fd, level, option, pointer(given), Integer.BYTES);
    }
  }

  @Override
  public long send(int fd, MemorySegment message, int flags) {
    return send.callLongOrErrno(fd, pointer(message), message.byteSize(), flags);
  }

  @Override
  public long recvfrom(int fd, MemorySegment buffer, int flags, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) address.byteSize());
      return recvfrom.callLongOrErrno(
          fd, pointer(buffer), buffer.byteSize(), flags, pointer(address), pointer(length));
    }
  }

  @Override
  public int poll(int[] fds, boolean[] ready, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment all = arena.allocate(Math.max(1, fds.length) * POLLFD, Long.BYTES);
      for (int i = 0; i < fds.length; i++) {
        all.set(JAVA_INT, i * POLLFD, fds[i]);
        all.set(JAVA_SHORT, i * POLLFD + EVENTS, POLLIN);
      }
      int count = poll.callIntOrErrno(pointer(all), fds.length, timeoutMillis);
      for (int i = 0; i < fds.length; i++) {
        ready[i] = count > 0 && all.get(JAVA_SHORT, i * POLLFD + REVENTS) != 0;
      }
      return count;
    }
  }

  @Override
  public int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return open.callIntOrErrno(pointer(arena.allocateFrom(path)), flags);
    }
  }

  @Override
  public int close(int fd) {
    return close.callIntOrErrno(fd);
  }

  @Override
  public int setns(int fd, int type) {
    return setns.callIntOrErrno(fd, type);
  }
}
