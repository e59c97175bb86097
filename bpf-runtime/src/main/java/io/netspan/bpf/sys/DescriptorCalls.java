package io.netspan.bpf.sys;

import java.lang.foreign.MemorySegment;

/**
 * The functions of libc about open descriptors and sockets for which Java has no error number, or
 * nothing at all. A result is what the function returned, or {@code -errno}. Buffers must be native
 * segments. Any thread.
 */
public interface DescriptorCalls {

  /** {@code write}: blocks unless the descriptor says otherwise. */
  long write(int fd, MemorySegment bytes);

  /**
   * {@code poll} of one descriptor.
   *
   * @return the events that occurred; 0 after the time-out
   */
  int poll(int fd, int events, int timeoutMillis);

  /** {@code socket} and {@code bind}; the descriptor, open until the process ends. */
  int bound(int domain, int type, MemorySegment address);
}
