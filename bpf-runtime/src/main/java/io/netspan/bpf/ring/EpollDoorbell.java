package io.netspan.bpf.ring;

import io.netspan.bpf.object.BpfException;
import io.netspan.bpf.sys.NativeCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;

/**
 * An epoll of the ring buffer's map and of an eventfd.
 *
 * <p>The map is edge-triggered: only the kernel's notifications end a wait, not the records that
 * the kernel side submits without one. A notification that comes while nobody waits ends the next
 * wait, unless the ring is empty by then. A reader that stopped before the end of the ring must not
 * wait, since its notification may have been delivered already.
 */
final class EpollDoorbell implements Doorbell {

  // bits of sys/epoll.h and sys/eventfd.h, the same on x86-64 and aarch64
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLLIN = 1;
  private static final int EPOLLET = 1 << 31;
  private static final int CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;

  private static final long MAP = 0;
  private static final long EVENT = 1;

  private final NativeCalls calls;
  private final int epollFd;
  private final int eventFd;
  private final long[] ready = new long[2];
  private boolean closed;

  private EpollDoorbell(NativeCalls calls, int epollFd, int eventFd) {
    this.calls = calls;
    this.epollFd = epollFd;
    this.eventFd = eventFd;
  }

  static EpollDoorbell of(String map, int mapFd, NativeCalls calls) {
    int epollFd = check(map, "epoll_create1", calls.epollCreate1(CLOEXEC));
    int eventFd = calls.eventfd(0, CLOEXEC | EFD_NONBLOCK);
    EpollDoorbell doorbell = new EpollDoorbell(calls, epollFd, eventFd);
    try {
      check(map, "eventfd", eventFd);
      check(
          map, "epoll_ctl", calls.epollCtl(epollFd, EPOLL_CTL_ADD, mapFd, EPOLLIN | EPOLLET, MAP));
      check(map, "epoll_ctl", calls.epollCtl(epollFd, EPOLL_CTL_ADD, eventFd, EPOLLIN, EVENT));
      return doorbell;
    } catch (BpfException e) {
      doorbell.close();
      throw e;
    }
  }

  @Override
  public boolean await(int timeoutMillis) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    int timeout = timeoutMillis;
    while (true) {
      int count = calls.epollWait(epollFd, ready, timeout);
      if (count >= 0) {
        return woken(count);
      }
      if (count != -Errno.EINTR) {
        throw BpfException.failed("wait for a ring buffer: epoll_wait", -count);
      }
      if (timeoutMillis > 0) {
        timeout = (int) Math.max(0, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
      }
    }
  }

  private boolean woken(int count) {
    for (int i = 0; i < count; i++) {
      if (ready[i] == EVENT) {
        try (Arena arena = Arena.ofConfined()) {
          calls.read(eventFd, arena.allocate(ValueLayout.JAVA_LONG)); // sets its counter to 0
        }
      }
    }
    return count > 0;
  }

  /** Under a lock with {@link #close()}: the descriptor's number may be another file's after it. */
  @Override
  public synchronized void ring() {
    if (closed) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
      calls.write(eventFd, one); // EAGAIN: it is awake already, 2^64 - 2 times over
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (eventFd >= 0) {
      calls.close(eventFd);
    }
    calls.close(epollFd);
  }

  private static int check(String map, String call, int result) {
    if (result < 0) {
      throw BpfException.failed("watch map " + map + ": " + call, -result);
    }
    return result;
  }
}
