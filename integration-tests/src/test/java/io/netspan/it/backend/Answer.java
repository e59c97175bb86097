package io.netspan.it.backend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How a program ended, and what it wrote to standard output and error.
 *
 * @param exitCode -1 if it was ended because it took too long
 */
public record Answer(int exitCode, String text) {
  private static final int MINUTES = 30;

  /** Runs it to its end, with whatever it starts. */
  static Answer of(String... words) {
    try {
      Path output = Files.createTempFile("netspan-it-backends", ".out");
      Process process =
          new ProcessBuilder(List.of(words))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
        String text = Files.readString(output).strip();
        return ended
            ? new Answer(process.exitValue(), text)
            : new Answer(-1, words[0] + " took more than " + MINUTES + " minutes: " + text);
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
