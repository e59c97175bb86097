package io.netspan.enrich.proc;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads files that processes name. The process chooses the path and may be hostile, so an
 * implementation must read nothing that the process itself may not read, and must not block. Any
 * thread.
 */
public interface NamedFiles {
  /** Reads nothing. */
  NamedFiles NONE =
      (process, uid, path, limit) -> {
        throw new NoSuchFileException(path);
      };

  /**
   * The first {@code limit} bytes of a regular file.
   *
   * @param process the directory of the process in procfs
   * @param uid the user that must be allowed to read the file
   * @param path as the process names it: below its root directory if it begins with {@code /}, else
   *     below its working directory
   * @throws NoSuchFileException if there is no such file or it must not be read
   * @throws IOException if it could not be read for another reason
   */
  byte[] read(Path process, int uid, String path, int limit) throws IOException;
}
