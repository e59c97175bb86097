package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.it.orders.Orders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The Java service {@link Orders} in a JVM of its own. */
final class OrdersService implements AutoCloseable {
  /** The connections of its pool. */
  static final int POOL = 4;

  private final Process process;
  private final int port;

  private OrdersService(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Starts it with servers on 127.0.0.1, and returns when its pool is open. */
  static OrdersService start(ServerProgram postgres, ServerProgram redis) throws IOException {
    String local = "127.0.0.1";
    return start(List.of(), local, postgres.port(), local, redis.port());
  }

  /**
   * The same, with other servers.
   *
   * @param under what runs it, such as {@code ip netns exec NAME}
   */
  static OrdersService start(
      List<String> under, String postgres, int postgresPort, String redis, int redisPort)
      throws IOException {
    int port = Ports.free();
    List<String> command = new ArrayList<>(under);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-cp",
            Path.of("target", "test-classes").toAbsolutePath().toString(),
            Orders.class.getName()));
    command.addAll(List.of("" + port, postgres, "" + postgresPort, redis, "" + redisPort));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    assertThat(process.inputReader(StandardCharsets.UTF_8).readLine())
        .as("what the service says")
        .isEqualTo("ready");
    return new OrdersService(process, port);
  }

  int port() {
    return port;
  }

  /** Ends it by SIGKILL. */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
