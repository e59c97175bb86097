package io.netspan.bpf.sys;

import java.lang.foreign.MemorySegment;

/**
 * The functions of libc that open and examine a file by its descriptor. A result is what the
 * function returned, or {@code -errno}. Buffers must be native segments. Any thread.
 */
public interface FileCalls {

  /** The system call {@code openat2}, without a mode; libc has no function for it. */
  int openat2(int directory, String path, long flags, long resolve);

  /**
   * {@code statx} of the descriptor itself ({@code AT_EMPTY_PATH}).
   *
   * @param status receives {@code struct statx}, which is the same on all architectures
   */
  int statx(int fd, int flags, int mask, MemorySegment status);

  /** {@code read}. */
  long read(int fd, MemorySegment buffer);

  /** {@code close}. */
  int close(int fd);
}
