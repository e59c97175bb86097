package io.netspan.receiver.output;

import io.netspan.linux.fd.ReaderGoneException;
import java.io.IOException;

/** Where lines go. Belongs to the printer's thread. */
public interface LineSink {
  /**
   * Takes as much as it has room for; may block.
   *
   * @return how many bytes; 0 if there is no room for now
   * @throws ReaderGoneException if there is no reader any more
   * @throws IOException for what can pass, such as a full disk
   */
  int write(byte[] bytes, int from, int length) throws IOException;

  /** Whether there is no reader any more, as far as is known without writing. */
  boolean readerGone();

  /** Waits, for a time, until there is room again. */
  void awaitRoom(int millis);

  /** How long the file is; 0 if it is none. */
  long length();
}
