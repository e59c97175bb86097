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
 * A row of the workload program in {@code integration-tests/workload}. It waits where the row says
 * so, and writes down what it does.
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

  /** Its path; made if it is not there or older than its sources. */
  static synchronized Path program() {
    Command.run("make", "--silent", "-C", SOURCES.toString());
    return Path.of("target", "workload", "workload").toAbsolutePath();
  }

  /** A copy of it in this folder; returns its path. */
  static Path compile(Path folder) throws IOException {
    return Files.copy(program(), folder.resolve("workload"));
  }

  /**
   * Starts a row.
   *
   * @param words its name, and options if need be
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

  /** Waits until it says this word. */
  void awaitWord(String word) throws IOException {
    String line = output.readLine();
    if (!word.equals(line)) {
      throw new AssertionError("the workload said '" + line + "' instead of '" + word + "'");
    }
  }

  /** Lets it go on. */
  void goOn() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
  }

  /** Waits for its end, and reads what it wrote down. */
  Ledger end() throws IOException, InterruptedException {
    String rest = String.join(" | ", output.readAllLines());
    int exitCode = process.waitFor();
    if (exitCode != 0) {
      throw new AssertionError("the workload ended with " + exitCode + ": " + rest);
    }
    return Ledger.read(ledger);
  }

  /** SIGKILL, if it still lives. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly().onExit().join();
    output.close();
    Files.deleteIfExists(ledger);
  }
}
