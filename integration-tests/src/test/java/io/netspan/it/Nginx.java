package io.netspan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** An nginx with a master and two workers on its own port, which answers with a text. */
final class Nginx implements AutoCloseable {
  private static final int WORKERS = 2;

  private final Process process;
  private final Path folder;
  private final int port;

  private Nginx(Process process, Path folder, int port) {
    this.process = process;
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts nginx, and returns when both workers are running.
   *
   * @param addresses the number of addresses to listen on, from 127.0.0.1 on
   */
  static Nginx start(Path folder, int addresses) throws IOException {
    return start(
        folder,
        IntStream.rangeClosed(1, addresses).mapToObj(i -> "127.0.0." + i).toList(),
        List.of());
  }

  /**
   * The same.
   *
   * @param addresses on which it listens
   * @param under what runs it, such as {@code ip netns exec NAME}
   */
  static Nginx start(Path folder, List<String> addresses, List<String> under) throws IOException {
    return start(folder, addresses, under, "return 200 \"as said by nginx\\n\";");
  }

  /** Starts an nginx that makes a connection to another server on 127.0.0.1 for each request. */
  static Nginx proxy(Path folder, int port) throws IOException {
    return start(
        folder, List.of("127.0.0.1"), List.of(), "proxy_pass http://127.0.0.1:" + port + ";");
  }

  private static Nginx start(Path folder, List<String> addresses, List<String> under, String answer)
      throws IOException {
    int port = Ports.free();
    Path configuration =
        Files.writeString(folder.resolve("nginx.conf"), text(folder, port, addresses, answer));
    List<String> command = new ArrayList<>(under);
    command.addAll(List.of("nginx", "-p", folder.toString(), "-c", configuration.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("nginx.out").toFile())
            .start();
    Nginx nginx = new Nginx(process, folder, port);
    await("nginx with " + WORKERS + " workers")
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(10))
        .failFast("nginx does not start: see " + folder, () -> !process.isAlive())
        .until(() -> nginx.workers().size() == WORKERS);
    return nginx;
  }

  private static String text(Path folder, int port, List<String> addresses, String answer) {
    String listen =
        addresses.stream()
            .map(address -> "listen " + address + ":" + port + " backlog=4096;")
            .collect(Collectors.joining("\n    "));
    String temporary =
        Stream.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            .map(what -> what + "_temp_path " + folder.resolve(what) + ";")
            .collect(Collectors.joining("\n  "));
    return """
        daemon off;
        %s
        worker_processes %d;
        pid %s/nginx.pid;
        error_log stderr;
        events { worker_connections 1024; }
        http {
          log_format short '$connection';
          access_log %s/access.log short;
          %s
          server {
            %s
            location / { %s }
          }
        }
        """
        .formatted(
            Requirements.isRoot() ? "user root;" : "",
            WORKERS,
            folder,
            folder,
            temporary,
            listen,
            answer);
  }

  int port() {
    return port;
  }

  long master() {
    return process.pid();
  }

  Set<Long> workers() {
    return process.children().map(ProcessHandle::pid).collect(Collectors.toSet());
  }

  /** Stops nginx gracefully, and returns the number of logged requests. */
  long stopAndCountRequests() throws IOException, InterruptedException {
    Command.run("kill", "-QUIT", Long.toString(master()));
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new AssertionError("nginx does not stop");
    }
    try (Stream<String> lines = Files.lines(folder.resolve("access.log"))) {
      return lines.count();
    }
  }

  @Override
  public void close() {
    process.destroy(); // the master ends its workers
    process.onExit().join();
  }
}
