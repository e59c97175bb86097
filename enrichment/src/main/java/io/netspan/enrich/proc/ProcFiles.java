package io.netspan.enrich.proc;

import java.io.IOException;
import java.util.List;

/**
 * The few things that are asked of procfs, so that a test can change a process between two reads. A
 * {@link java.nio.file.NoSuchFileException} says that the process has ended, or never had such a
 * file.
 */
interface ProcFiles {
  /** Whether there is a process of this number. */
  boolean exists(int pid);

  /** The first {@code limit} bytes at most. */
  byte[] read(int pid, String file, int limit) throws IOException;

  /**
   * The first {@code limit} bytes at most of a regular file that the process has named and that the
   * user {@code uid} may read; a path that does not begin with {@code /} is below the process's
   * working directory. A {@link java.nio.file.NoSuchFileException} also says that it must not be
   * read.
   */
  byte[] readNamed(int pid, int uid, String path, int limit) throws IOException;

  /** The threads of a process, its leader among them, which are directories of procfs too. */
  List<Integer> threads(int pid) throws IOException;

  /** Where a symbolic link points to; that need not exist here, and for a namespace never does. */
  String link(int pid, String name) throws IOException;
}
