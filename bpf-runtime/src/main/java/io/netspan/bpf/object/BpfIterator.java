package io.netspan.bpf.object;

import io.netspan.bpf.RecordConsumer;
import io.netspan.bpf.sys.NativeCalls;
import io.netspan.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One walk of an iterator program ({@code SEC("iter/...")}): the kernel runs the program for each
 * object while it is being read, and hands out what the program wrote, as records.
 *
 * <p>{@link #fill} and {@link #deliver} alternate, so that the caller can act after the kernel has
 * visited the objects and before it handles the records itself. Belongs to one thread.
 */
public final class BpfIterator implements AutoCloseable {
  /** Twice what the kernel collects for one read(): {@code PAGE_SIZE << 3} in bpf_iter.c. */
  private static final int BUFFER = 64 << 10;

  /** Where the records end that a program writes. */
  @FunctionalInterface
  public interface RecordSizes {
    /**
     * Returns the size of a record in bytes; 0 if that does not tell yet.
     *
     * @param available how many bytes from the offset on have been read
     */
    int at(MemorySegment records, long offset, int available);
  }

  private final NativeCalls calls;
  private final String program;
  private final int fd;
  private final RecordSizes sizes;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(BUFFER, Long.BYTES);
  private int filled;
  private boolean closed;

  BpfIterator(NativeCalls calls, String program, int fd, RecordSizes sizes) {
    this.calls = calls;
    this.program = program;
    this.fd = fd;
    this.sizes = sizes;
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
    int records = 0;
    int at = 0;
    int size = sizes.at(buffer, 0, filled);
    while (size > 0 && size <= filled - at) {
      consumer.record(buffer, at, size);
      records++;
      at += size;
      size = sizes.at(buffer, at, filled - at);
    }
    MemorySegment.copy(buffer, at, buffer, 0, filled - at);
    filled -= at;
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
