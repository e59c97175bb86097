package io.netspan.bpf.sys;

import java.lang.foreign.MemorySegment;

/**
 * The functions of libc that netlink takes, one method each, with no policy; they do not need
 * libbpf. A result is what the function returned, or {@code -errno}. Buffers must be native
 * segments. Any thread.
 */
public interface NetlinkCalls {

  /** {@code socket}. */
  int socket(int domain, int type, int protocol);

  /** {@code bind}. */
  int bind(int fd, MemorySegment address);

  /** {@code setsockopt} of an {@code int}. */
  int setsockopt(int fd, int level, int option, int value);

  /** {@code send}. */
  long send(int fd, MemorySegment message, int flags);

  /**
   * {@code recvfrom}.
   *
   * @param address receives as much of the sender's address as fits
   */
  long recvfrom(int fd, MemorySegment buffer, int flags, MemorySegment address);

  /**
   * {@code poll} for POLLIN: blocks.
   *
   * @param ready receives whether there is anything to read, an error included; as long as {@code
   *     fds}
   * @return how many are ready
   */
  int poll(int[] fds, boolean[] ready, int timeoutMillis);

  /** {@code open}, without a mode. */
  int open(String path, int flags);

  /** {@code close}. */
  int close(int fd);

  /** {@code setns}: permanently moves the calling thread, which must be a platform thread. */
  int setns(int fd, int type);
}
