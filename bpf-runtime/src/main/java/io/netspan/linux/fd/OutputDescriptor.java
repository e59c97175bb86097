package io.netspan.linux.fd;

import io.netspan.bpf.sys.DescriptorCalls;
import io.netspan.bpf.sys.PanamaDescriptorCalls;
import io.netspan.linux.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A descriptor that is written to, such as standard output. Distinguishes cases that Java's streams
 * report with one exception type: a reader that is gone, a full buffer, and an error that may be
 * temporary. One thread at a time.
 */
public final class OutputDescriptor {
  private static final int STANDARD_OUTPUT = 1;
  private static final int BUFFER = 1 << 16;

  // poll.h
  private static final int POLLOUT = 4;
  private static final int POLLERR = 8;
  private static final int POLLHUP = 0x10;
  private static final int POLLNVAL = 0x20;

  private final DescriptorCalls calls;
  private final int fd;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER);

  OutputDescriptor(DescriptorCalls calls, int fd) {
    this.calls = calls;
    this.fd = fd;
  }

  public static OutputDescriptor standardOutput() {
    return new OutputDescriptor(new PanamaDescriptorCalls(), STANDARD_OUTPUT);
  }

  /**
   * Writes as much as the descriptor takes; blocks unless it is in non-blocking mode.
   *
   * @return the number of bytes written; 0 if the descriptor has no room at the moment
   * @throws ReaderGoneException if the other end no longer has a reader
   * @throws IOException for everything else, such as a full disk; a later attempt can succeed
   */
  public int write(byte[] bytes, int from, int length) throws IOException {
    int some = Math.min(length, BUFFER);
    MemorySegment.copy(bytes, from, buffer, ValueLayout.JAVA_BYTE, 0, some);
    long written;
    do {
      written = calls.write(fd, buffer.asSlice(0, some));
    } while (written == -Errno.EINTR);
    if (written >= 0) {
      return (int) written;
    }
    int errno = (int) -written;
    return switch (errno) {
      case Errno.EAGAIN -> 0;
      case Errno.EPIPE, Errno.EBADF -> throw new ReaderGoneException(Errno.describe(errno));
      default -> {
        if (readerGone()) { // A terminal that hung up: EIO.
          throw new ReaderGoneException(Errno.describe(errno));
        }
        throw new IOException(Errno.describe(errno));
      }
    };
  }

  /** Whether the reader is gone. For pipes, sockets and terminals this is known without writing. */
  public boolean readerGone() {
    int events = calls.poll(fd, 0, 0);
    return events > 0 && (events & (POLLERR | POLLHUP | POLLNVAL)) != 0;
  }

  /** Waits until there is room or the reader is gone, at most for the given time. */
  public void awaitRoom(int millis) {
    calls.poll(fd, POLLOUT, millis);
  }
}
