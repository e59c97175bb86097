package io.netspan.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads a file to which another process appends lines. One thread. */
final class LineFile implements AutoCloseable {
  private final InputStream in;
  private final byte[] chunk = new byte[1 << 16];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  LineFile(Path file) throws IOException {
    in = Files.newInputStream(file);
  }

  /** Passes on the lines completed since the last call, without their line ends. */
  void readTo(Consumer<String> consumer) {
    try {
      for (int count = in.read(chunk); count > 0; count = in.read(chunk)) {
        split(count, consumer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void split(int count, Consumer<String> consumer) {
    int from = 0;
    for (int at = 0; at < count; at++) {
      if (chunk[at] == '\n') {
        line.write(chunk, from, at - from);
        consumer.accept(line.toString(StandardCharsets.UTF_8));
        line.reset();
        from = at + 1;
      }
    }
    line.write(chunk, from, count - from);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
