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
 * The program of {@code udp.c} in a separate network namespace. Its processes keep their sockets
 * open until this object is closed; the last process started ends first.
 */
final class Datagrams implements AutoCloseable {
  /** Bytes of an answer of {@link #serve}, and of a question of {@link #ask}. */
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

  /** Starts a server, and returns its pid when it listens. */
  long serve(String family, int port, int datagrams) throws IOException {
    return start("ready", "serve", family, "" + port, "" + datagrams, "" + ANSWER);
  }

  /** Starts a client, and returns its pid when all questions have been answered. */
  long ask(String family, int port, String mode, int sockets, int times) throws IOException {
    return start("done", "ask", family, "" + port, mode, "" + sockets, "" + times, "" + QUESTION);
  }

  /** Starts the program with these arguments, and returns its pid when it has finished its work. */
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

  /** Ends all processes, which closes their sockets. */
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
