package io.netspan.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Named pipes in place of files. They cannot be settings, because opening one waits for a writer,
 * perhaps without end.
 */
public final class NamedPipe {
  private static final int FILE_TYPE = 0xf000;
  private static final int FIFO = 0x1000;

  private NamedPipe() {}

  /** Whether the path leads to one; a shell's {@code <(command)} has a writer and no name. */
  public static boolean is(Path file) {
    try {
      int mode = (int) Files.getAttribute(file, "unix:mode");
      return (mode & FILE_TYPE) == FIFO && Files.exists(file.toRealPath());
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
