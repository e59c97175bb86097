package io.netspan.bpf.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** {@link NetlinkCalls} by the Foreign Function and Memory API. */
public final class PanamaNetlinkCalls implements NetlinkCalls {

  // struct pollfd {int fd; short events; short revents;}
  private static final long POLLFD = 8;
  private static final long EVENTS = 4;
  private static final long REVENTS = 6;
  private static final short POLLIN = 1;

  private static @Nullable PanamaNetlinkCalls instance;

  private final MethodHandle socket;
  private final MethodHandle bind;
  private final MethodHandle setsockopt;
  private final MethodHandle send;
  private final MethodHandle recvfrom;
  private final MethodHandle poll;
  private final MethodHandle open;
  private final MethodHandle close;
  private final MethodHandle setns;

  private PanamaNetlinkCalls(Binder binder) {
    socket = binder.libcErrno("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    bind = binder.libcErrno("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    setsockopt =
        binder.libcErrno("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    send = binder.libcErrno("send", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    recvfrom =
        binder.libcErrno(
            "recvfrom", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS);
    poll = binder.libcErrno("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    open = binder.libcErrno("open", JAVA_INT, ADDRESS, JAVA_INT);
    close = binder.libcErrno("close", JAVA_INT, JAVA_INT);
    setns = binder.libcErrno("setns", JAVA_INT, JAVA_INT, JAVA_INT);
  }

  /**
   * The only instance, linked on first use.
   *
   * @throws NativeUnavailableException if native access is denied
   */
  public static synchronized NetlinkCalls instance() {
    PanamaNetlinkCalls known = instance;
    if (known == null) {
      known = new PanamaNetlinkCalls(Binder.libcOnly());
      instance = known;
    }
    return known;
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative((int) socket.invokeExact(errno, domain, type, protocol), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int bind(int fd, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative(
          (int) bind.invokeExact(errno, fd, address, (int) address.byteSize()), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment given = arena.allocateFrom(JAVA_INT, value);
      return Binder.orNegative(
          (int) setsockopt.invokeExact(errno, fd, level, option, given, Integer.BYTES), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long send(int fd, MemorySegment message, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      return Binder.orNegative(
          (long) send.invokeExact(errno, fd, message, message.byteSize(), flags), errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public long recvfrom(int fd, MemorySegment buffer, int flags, MemorySegment address) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) address.byteSize());
      return Binder.orNegative(
          (long) recvfrom.invokeExact(errno, fd, buffer, buffer.byteSize(), flags, address, length),
          errno);
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int poll(int[] fds, boolean[] ready, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Binder.errno(arena);
      MemorySegment all = arena.allocate(Math.max(1, fds.length) * POLLFD, Long.BYTES);
      for (int i = 0; i < fds.length; i++) {
        all.set(JAVA_INT, i * POLLFD, fds[i]);
        all.set(JAVA_SHORT, i * POLLFD + EVENTS, POLLIN);
      }
      int count =
          Binder.orNegative(
              (int) poll.invokeExact(errno, all, (long) fds.length, timeoutMillis), errno);
      for (int i = 0; i < fds.length; i++) {
        ready[i] = count > 0 && all.get(JAVA_SHORT, i * POLLFD + REVENTS) != 0;
      }
      return count;
    } catch (Throwable e) {
      throw Downcall.impossible(e);
    }
  }

  @Override
  public int open(String path, int flags) {
    return Downcall.ofLibc(open, path, flags);
  }

  @Override
  public int close(int fd) {
    return Downcall.ofLibc(close, fd);
  }

  @Override
  public int setns(int fd, int type) {
    return Downcall.ofLibc(setns, fd, type);
  }
}
