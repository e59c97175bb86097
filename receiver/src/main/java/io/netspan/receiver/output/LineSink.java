package io.netspan.receiver.output;

import io.netspan.linux.fd.ReaderGoneException;
import java.io.IOException;

/** Where lines go. Belongs to the printer's thread. */
public interface LineSink {
  /**
   * Writes as many bytes as there is room for; may block.
   *
   * @return how many bytes were written; 0 if there is no room at the moment
   * @throws ReaderGoneException if the reader has gone
   * @throws IOException for a failure that may be temporary, such as a full disk
   */
  int write(byte[] bytes, int from, int length) throws IOException;

  /** Whether the reader is known to have gone, which is checked without writing. */
  boolean readerGone();

  /** Waits until there is room again, at most for the given time. */
  void awaitRoom(int millis);

  /** The length of the file; 0 if the sink is not a file. */
  long length();
}
