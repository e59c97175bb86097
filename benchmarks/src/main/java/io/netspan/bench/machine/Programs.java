package io.netspan.bench.machine;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of this machine that run to their end. */
public final class Programs {
  /** Where an ordinary user's shell does not search. */
  private static final List<String> MORE_FOLDERS = List.of("/usr/local/sbin", "/usr/sbin", "/sbin");

  private Programs() {}

  public static Optional<Path> find(String name) {
    return Stream.concat(
            Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)),
            MORE_FOLDERS.stream())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Runs a program, and returns its standard output.
   *
   * @throws IOException if it does not end with 0 within this time; with what it wrote
   */
  public static String run(int seconds, List<String> command)
      throws IOException, InterruptedException {
    Path errors = Files.createTempFile("netspan-bench", ".err");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try {
      process.getOutputStream().close();
      // The output of these programs fits into a pipe's buffer, or they end without a wait.
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new IOException(String.join(" ", command) + " did not end within " + seconds + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            String.join(" ", command)
                + " ended with "
                + process.exitValue()
                + ": "
                + (output + Files.readString(errors)).strip());
      }
      return output;
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(errors);
    }
  }
}
