package io.netspan.bench.workload;

import io.netspan.bench.machine.NetworkNamespace;
import io.netspan.bench.machine.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** An nginx with one worker in the namespace, on a fixed port. */
final class Server implements AutoCloseable {
  static final int PORT = 8_080;

  private static final Duration START = Duration.ofSeconds(10);

  private final Process process;

  private Server(Process process) {
    this.process = process;
  }

  static Server start(Path folder, NetworkNamespace namespace)
      throws IOException, InterruptedException {
    Path configuration = Files.writeString(folder.resolve("nginx.conf"), configuration(folder));
    List<String> command =
        namespace.running("nginx", "-p", folder.toString(), "-c", configuration.toString());
    Path output = folder.resolve("nginx.out");
    Server server =
        new Server(
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start());
    boolean started =
        Waiting.until(
            START,
            () -> !server.process.isAlive() || server.process.children().findAny().isPresent());
    if (!started || !server.process.isAlive()) {
      server.close();
      throw new IOException("nginx did not start: " + Files.readString(output).strip());
    }
    return server;
  }

  private static String configuration(Path folder) {
    return """
    daemon off;
    user root;
    worker_processes 1;
    pid %1$s/nginx.pid;
    error_log stderr;
    worker_rlimit_nofile 20000;
    events { worker_connections 8192; }
    http {
      access_log off;
      client_body_temp_path %1$s/body;
      proxy_temp_path %1$s/proxy;
      fastcgi_temp_path %1$s/fastcgi;
      uwsgi_temp_path %1$s/uwsgi;
      scgi_temp_path %1$s/scgi;
      server {
        listen 127.0.0.1:%2$d backlog=4096;
        location / { return 200 "a page\\n"; }
      }
    }
    """
        .formatted(folder, PORT);
  }

  /** The master ends its worker. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
