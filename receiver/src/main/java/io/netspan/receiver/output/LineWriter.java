package io.netspan.receiver.output;

import io.netspan.linux.fd.ReaderGoneException;
import io.netspan.receiver.SingleWriterCounter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Collects lines and writes many at once. Each line is written completely, possibly in parts, or
 * not at all: when the sink fails, a line that was written in part is completed later, the others
 * are dropped and counted, and writing goes on with the next ones. Without room it waits, as a
 * blocking pipe would. Belongs to the printer's thread, except for the counts.
 */
final class LineWriter {
  private static final System.Logger LOG = System.getLogger("netspan.output");
  private static final int BATCH = 1 << 16;
  private static final int WAIT_MS = 200;

  private final LineSink sink;
  private final SingleWriterCounter written = new SingleWriterCounter();
  private final SingleWriterCounter failed = new SingleWriterCounter();
  private byte[] bytes = new byte[BATCH];
  private int from;
  private int to;
  private boolean begun; // The sink has a part of the line that begins before `from`.
  private long lengthWhenBegun;
  private boolean failing;

  LineWriter(LineSink sink) {
    this.sink = sink;
  }

  /** Lines that the sink has taken. May be called by any thread. */
  long written() {
    return written.get();
  }

  /** Lines dropped because the sink failed. May be called by any thread. */
  long failed() {
    return failed.get();
  }

  /** Adds complete lines. If they do not fit into the buffer, it is written first. */
  void add(CharSequence lines) throws ReaderGoneException {
    byte[] encoded = lines.toString().getBytes(StandardCharsets.UTF_8);
    if (to + encoded.length > BATCH) {
      flush();
    }
    if (to + encoded.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, to + encoded.length);
    }
    System.arraycopy(encoded, 0, bytes, to, encoded.length);
    to += encoded.length;
  }

  /** Throws if the reader has gone. Called while there is nothing to write. */
  void requireReader() throws ReaderGoneException {
    if (sink.readerGone()) {
      throw new ReaderGoneException("its other end is closed");
    }
  }

  void flush() throws ReaderGoneException {
    dropRestIfTruncated();
    while (from < to) {
      try {
        int count = sink.write(bytes, from, to - from);
        if (count == 0) {
          sink.awaitRoom(WAIT_MS);
        } else {
          written.add(lines(from, from + count));
          from += count;
          begun = bytes[from - 1] != '\n';
        }
      } catch (ReaderGoneException e) {
        throw e;
      } catch (IOException e) {
        drop(e);
        return;
      }
    }
    if (failing && from > 0) {
      failing = false;
      LOG.log(
          System.Logger.Level.INFO,
          "standard output takes lines again; {0} lines were lost since the start",
          Long.toString(failed()));
    }
    from = 0;
    to = 0;
  }

  /**
   * Drops the rest of a line that was written in part if the file was truncated since, for example
   * by log rotation.
   */
  private void dropRestIfTruncated() {
    if (begun && sink.length() < lengthWhenBegun) {
      from = endOfLine();
      begun = false;
      failed.add(1);
    }
  }

  private void drop(IOException why) {
    int keepTo = begun ? endOfLine() : from;
    failed.add(lines(keepTo, to));
    System.arraycopy(bytes, from, bytes, 0, keepTo - from);
    to = keepTo - from;
    from = 0;
    lengthWhenBegun = begun ? sink.length() : 0;
    if (!failing) {
      failing = true;
      LOG.log(
          System.Logger.Level.WARNING,
          "standard output takes no lines ({0}); lost lines are counted, and later ones are tried",
          why.getMessage());
    }
  }

  private int endOfLine() {
    int at = from;
    while (bytes[at] != '\n') {
      at++;
    }
    return at + 1;
  }

  private long lines(int begin, int end) {
    long count = 0;
    for (int i = begin; i < end; i++) {
      count += bytes[i] == '\n' ? 1 : 0;
    }
    return count;
  }
}
