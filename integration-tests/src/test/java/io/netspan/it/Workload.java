package io.netspan.it;

import io.netspan.it.truth.Ledger;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A running row of the workload program in {@code integration-tests/workload}. It waits at the
 * checkpoints of the row, and writes a ledger.
 */
final class Workload implements AutoCloseable {
  private static final Path SOURCES = Path.of("workload");

  private final Process process;
  private final BufferedReader output;
  private final Path ledger;

  private Workload(Process process, Path ledger) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
    this.ledger = ledger;
  }

  /** Returns the path of the program, which is built if it is missing or older than its sources. */
  static synchronized Path program() {
    Command.run("make", "--silent", "-C", SOURCES.toString());
    return Path.of("target", "workload", "workload").toAbsolutePath();
  }

  /** Copies the program into this folder, and returns the path of the copy. */
  static Path compile(Path folder) throws IOException {
    return Files.copy(program(), folder.resolve("workload"));
  }

  /**
   * Starts a row.
   *
   * @param words the name of the row, and options
   */
  static Workload start(Path folder, String... words) throws IOException {
    return start(folder, Map.of(), words);
  }

  static Workload start(Path folder, Map<String, String> environment, String... words)
      throws IOException {
    Path ledger = Files.createTempFile(folder, words[0], ".ledger");
    List<String> command = new ArrayList<>(List.of(program().toString()));
    command.addAll(Arrays.asList(words));
    command.addAll(List.of("--ledger", ledger.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return new Workload(builder.start(), ledger);
  }

  /** Runs a row that does not wait. */
  static Ledger run(Path folder, String... words) throws IOException, InterruptedException {
    return run(folder, Map.of(), words);
  }

  static Ledger run(Path folder, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    try (Workload workload = start(folder, environment, words)) {
      return workload.end();
    }
  }

  long pid() {
    return process.pid();
  }

  /** Waits until the row prints this word. */
  void awaitWord(String word) throws IOException {
    String line = output.readLine();
    if (!word.equals(line)) {
      throw new AssertionError("the workload said '" + line + "' instead of '" + word + "'");
    }
  }

  /** Lets the row continue. */
  void goOn() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Waits for the end of the row, and reads its ledger. */
  Ledger end() throws IOException, InterruptedException {
    String rest = String.join(" | ", output.readAllLines());
    int exitCode = process.waitFor();
    if (exitCode != 0) {
      throw new AssertionError("the workload ended with " + exitCode + ": " + rest);
    }
    return Ledger.read(ledger);
  }

  /** Sends SIGKILL if the program is still alive. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    output.close();
    Files.deleteIfExists(ledger);
  }
}
