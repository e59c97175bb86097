package io.netspan.it;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The program of {@code udp.c}, in a network namespace of its own. Its processes keep their sockets
 * open until this is closed, the last one first.
 */
final class Datagrams implements AutoCloseable {
  /** What a server of {@link #serve} answers with, and what {@link #ask} asks with, in bytes. */
  static final int ANSWER = 101;

  static final int QUESTION = 13;

  private final NetworkNamespace namespace;
  private final String program;
  private final Deque<Running> running = new ArrayDeque<>();

  private record Running(Process process, BufferedReader lines) {
    void awaitLine(String line) throws IOException {
      assertThat(lines.readLine()).isEqualTo(line);
    }
  }

  private Datagrams(NetworkNamespace namespace, String program) {
    this.namespace = namespace;
    this.program = program;
  }

  static Datagrams in(NetworkNamespace namespace, Path folder) throws IOException {
    Path source = folder.resolve("udp.c");
    try (InputStream in = requireNonNull(Datagrams.class.getResourceAsStream("udp.c"))) {
      Files.copy(in, source);
    }
    Path compiled = folder.resolve("udp");
    Command.run(
        "clang",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        compiled.toString(),
        source.toString());
    return new Datagrams(namespace, compiled.toString());
  }

  /** Returns the pid when it listens. */
  long serve(String family, int port, int datagrams) throws IOException {
    return start("ready", "serve", family, "" + port, "" + datagrams, "" + ANSWER);
  }

  /** Returns the pid when all was answered. */
  long ask(String family, int port, String mode, int sockets, int times) throws IOException {
    return start("done", "ask", family, "" + port, mode, "" + sockets, "" + times, "" + QUESTION);
  }

  /** Returns the pid when it has done what these words say. */
  long run(String... words) throws IOException {
    return start("done", words);
  }

  private long start(String line, String... words) throws IOException {
    String[] all = new String[words.length + 1];
    all[0] = program;
    System.arraycopy(words, 0, all, 1, words.length);
    Process process = namespace.start(all);
    Running started =
        new Running(process, new BufferedReader(process.inputReader(StandardCharsets.UTF_8)));
    running.push(started);
    started.awaitLine(line);
    return process.pid();
  }

  /** Ends all processes, and with them their sockets. */
  void end() throws IOException, InterruptedException {
    while (!running.isEmpty()) {
      Running last = running.pop();
      last.process.getOutputStream().close();
      assertThat(last.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(last.process.exitValue()).isZero();
    }
  }

  @Override
  public void close() {
    running.forEach(one -> one.process.destroyForcibly());
  }
}
