package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that has ended.
 *
 * @param output standard output and error
 */
record Command(long pid, int exitCode, String output) {
  private static final int SECONDS = 30;

  /** Runs a program, with any exit code. */
  static Command attempt(String... words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).as("%s ends", List.of(words)).isTrue();
      return new Command(process.pid(), process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Runs a program, and fails unless its exit code is 0. */
  @SuppressWarnings("CanIgnoreReturnValueSuggester")
  static Command run(String... words) {
    Command command = attempt(words);
    assertThat(command.exitCode).as("exit code of %s: %s", List.of(words), command.output).isZero();
    return command;
  }
}
