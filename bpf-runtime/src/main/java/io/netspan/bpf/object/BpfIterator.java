package io.netspan.bpf.object;

import io.netspan.bpf.RecordConsumer;
import io.netspan.bpf.sys.NativeCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One walk of an iterator program ({@code SEC("iter/...")}): the kernel runs the program for each
 * object while it is being read, and hands out what the program wrote, records of one size.
 *
 * <p>{@link #fill} and {@link #deliver} alternate, so that the caller can act after the kernel has
 * visited the objects and before it handles the records itself. Belongs to one thread.
 */
public final class BpfIterator implements AutoCloseable {
  /** Twice what the kernel collects for one read(): {@code PAGE_SIZE << 3} in bpf_iter.c. */
  private static final int BUFFER = 64 << 10;

  private final NativeCalls calls;
  private final String program;
  private final int fd;
  private final int recordSize;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER, Long.BYTES);
  private int filled;
  private boolean closed;

  BpfIterator(NativeCalls calls, String program, int fd, int recordSize) {
    this.calls = calls;
    this.program = program;
    this.fd = fd;
    this.recordSize = recordSize;
  }

  /**
   * Lets the kernel visit more objects; possibly none of them produces a record.
   *
   * @return false if there were no more
   * @throws BpfException if the kernel ends the walk before its end
   */
  public boolean fill() {
    long read = calls.read(fd, buffer.asSlice(filled));
    if (read == -Errno.EAGAIN || read == -Errno.EINTR) {
      return true; // A million objects without a record (MAX_ITER_OBJECTS); interrupted.
    }
    if (read < 0) {
      throw BpfException.failed("walk " + program + ": read", (int) -read);
    }
    filled += (int) read;
    return read > 0;
  }

  /**
   * Hands over the records read since the last call; each is lent for the duration of its callback.
   *
   * @return how many
   */
  public int deliver(RecordConsumer consumer) {
    int records = filled / recordSize;
    for (int i = 0; i < records; i++) {
      consumer.record(buffer, (long) i * recordSize, recordSize);
    }
    int rest = filled - records * recordSize;
    MemorySegment.copy(buffer, filled - (long) rest, buffer, 0, rest);
    filled = rest;
    return records;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      calls.close(fd);
      arena.close();
    }
  }
}
