package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real server on its own port and in its own folder; its configuration is the least it takes. */
final class ServerProgram implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(30);
  private static final int STOP_SECONDS = 10;

  /** PostgreSQL refuses to run as root; this is Linux's user without rights. */
  private static final List<String> NOBODY =
      List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

  private final Process process;
  private final Path folder;
  private final int port;
  private final String stopSignal;

  private ServerProgram(Process process, Path folder, int port, String stopSignal) {
    this.process = process;
    this.folder = folder;
    this.port = port;
    this.stopSignal = stopSignal;
  }

  /**
   * Starts a Redis, and returns when it accepts connections.
   *
   * @param under what runs it, such as {@code ip netns exec NAME}
   */
  static ServerProgram redis(String address, List<String> under) throws IOException {
    Path folder = Files.createTempDirectory("netspan-it-redis");
    int port = Ports.free();
    // Redis decides by the name that it is called by whether it is the server.
    Path program =
        Files.createSymbolicLink(
            folder.resolve("redis-server"), Requirements.find("redis-check-rdb").orElseThrow());
    List<String> command = new ArrayList<>(under);
    command.addAll(List.of(program.toString(), "--port", "" + port, "--bind", address));
    command.addAll(List.of("--save", "", "--dir", folder.toString()));
    command.addAll(List.of("--protected-mode", "no"));
    return start(folder, port, "TERM", "Ready to accept connections", command);
  }

  /** Starts a PostgreSQL that trusts everybody, and returns when it accepts connections. */
  static ServerProgram postgres(String address, List<String> under) throws IOException {
    Path folder = Files.createTempDirectory("netspan-it-postgres");
    Files.setAttribute(folder, "unix:uid", 65534);
    Files.setAttribute(folder, "unix:gid", 65534);
    Path data = folder.resolve("data");
    int port = Ports.free();
    List<String> initdb = new ArrayList<>(NOBODY);
    initdb.addAll(List.of(path("initdb"), "--pgdata=" + data, "--username=postgres"));
    initdb.addAll(List.of("--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"));
    Command.run(initdb.toArray(String[]::new));
    Files.writeString(data.resolve("pg_hba.conf"), "host all all all trust\n");
    List<String> command = new ArrayList<>(under);
    command.addAll(NOBODY);
    command.addAll(List.of(path("postgres"), "-D", data.toString(), "-p", "" + port));
    command.addAll(List.of("-c", "listen_addresses=" + address, "-c", "unix_socket_directories="));
    command.addAll(List.of("-c", "fsync=off"));
    return start(folder, port, "INT", "ready to accept connections", command);
  }

  private static String path(String program) {
    return Requirements.find(program).orElseThrow().toString();
  }

  private static ServerProgram start(
      Path folder, int port, String stopSignal, String readyWord, List<String> command)
      throws IOException {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.directory(folder.toFile());
    ServerProgram server = new ServerProgram(builder.start(), folder, port, stopSignal);
    try {
      await(String.join(" ", command) + " to accept connections")
          .atMost(READY_WITHIN)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> !server.process.isAlive() || Files.readString(log).contains(readyWord));
      assertThat(server.process.isAlive()).as("it runs; %s", Files.readString(log)).isTrue();
      return server;
    } catch (IOException | RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  int port() {
    return port;
  }

  /** Stops it, by SIGKILL if it does not end when asked to, and deletes its folder. */
  @Override
  public void close() throws IOException {
    if (process.isAlive()) {
      Command.attempt("kill", "-" + stopSignal, Long.toString(process.pid()));
    }
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
