package io.netspan.bench.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A network namespace with a loopback interface and enough ports; close() deletes it. */
public record NetworkNamespace(String name) implements AutoCloseable {
  private static final int SECONDS = 10;

  public static NetworkNamespace create() throws IOException, InterruptedException {
    NetworkNamespace namespace = own();
    Programs.run(SECONDS, List.of("ip", "netns", "add", namespace.name));
    try {
      Programs.run(SECONDS, List.of("ip", "-n", namespace.name, "link", "set", "lo", "up"));
      namespace.set("ip_local_port_range", "10240 65535");
      namespace.set("tcp_max_tw_buckets", "5000"); // closed connections are not to fill memory
      return namespace;
    } catch (IOException | RuntimeException e) {
      namespace.close();
      throw e;
    }
  }

  private static NetworkNamespace own() {
    return new NetworkNamespace("netspan-bench-" + ProcessHandle.current().pid());
  }

  /** Removes the namespace of this process, if there is one. */
  static void removeOwn() throws IOException {
    if (Files.exists(Path.of("/run/netns", own().name))) {
      own().close();
    }
  }

  private void set(String setting, String value) throws IOException, InterruptedException {
    Programs.run(
        SECONDS, running("sh", "-c", "echo \"$1\" >/proc/sys/net/ipv4/" + setting, "sh", value));
  }

  /** Returns the command that runs another one in it. */
  public List<String> running(String... command) {
    return Stream.concat(Stream.of("ip", "netns", "exec", name), Stream.of(command)).toList();
  }

  @Override
  public void close() throws IOException {
    try {
      Programs.run(SECONDS, List.of("ip", "netns", "delete", name));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
