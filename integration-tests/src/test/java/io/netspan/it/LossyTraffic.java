package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.it.backend.Edge;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Connections between two programs in a namespace that drops some packets, and the account of them.
 * Those that stay open end with close().
 */
final class LossyTraffic implements AutoCloseable {
  static final String CLIENT = "buyer";
  static final String SERVER = "supplier";
  static final Edge EDGE = new Edge(CLIENT, SERVER);

  /** The client closes them. */
  static final int ORDERLY = 7;

  /** The client resets them. */
  static final int RESET = 5;

  /** They stay open. */
  static final int OPEN = 3;

  static final int ENDED = ORDERLY + RESET;

  /** The payload of all connections, as the client sees it. */
  static final long SENT = (ENDED + OPEN) * 300_000L;

  static final long RECEIVED = (ENDED + OPEN) * 2_000L;

  private static final String BUYER =
      """
      import socket, struct, sys

      port, orderly, reset, kept, there, back = map(int, sys.argv[1:])

      def exchange():
          connection = socket.create_connection(("127.0.0.1", port))
          connection.sendall(bytes(there))
          left = back
          while left:
              left -= len(connection.recv(left))
          return connection

      for _ in range(orderly):
          exchange().close()
      for _ in range(reset):
          connection = exchange()
          connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
          connection.close()
      still_open = [exchange() for _ in range(kept)]
      print("done", flush=True)
      sys.stdin.read()
      """;

  private static final String SUPPLIER =
      """
      import socket, sys, threading

      there, back = map(int, sys.argv[1:])

      def serve(connection):
          with connection:
              left = there
              while left:
                  left -= len(connection.recv(min(left, 65536)))
              connection.sendall(bytes(back))
              try:
                  connection.recv(1)
              except ConnectionResetError:
                  pass

      listener = socket.create_server(("127.0.0.1", 0), backlog=64)
      print(listener.getsockname()[1], flush=True)
      while True:
          threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
      """;

  private final NetworkNamespace namespace = NetworkNamespace.create("lossy");
  private final Path folder;
  private final List<Process> running = new ArrayList<>();

  private LossyTraffic(Path folder) {
    this.folder = folder;
  }

  /** Returns when all was sent and received, and what does not stay open is closed. */
  static LossyTraffic run(Path folder) throws IOException, InterruptedException {
    LossyTraffic traffic = new LossyTraffic(folder);
    try {
      traffic.dropPackets();
      String there = "" + SENT / (ENDED + OPEN);
      String back = "" + RECEIVED / (ENDED + OPEN);
      String port = traffic.start(SERVER, SUPPLIER, there, back);
      assertThat(
              traffic.start(CLIENT, BUYER, port, "" + ORDERLY, "" + RESET, "" + OPEN, there, back))
          .isEqualTo("done");
      return traffic;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      traffic.close();
      throw e;
    }
  }

  /** Every tenth large packet: it has several segments, as loopback does not divide them. */
  private void dropPackets() throws IOException, InterruptedException {
    namespace.run("ip", "link", "set", "lo", "mtu", "1500");
    Process nft = namespace.start("nft", "-f", "-");
    try (var rules = nft.getOutputStream()) {
      rules.write(
          "table inet t { chain c { type filter hook input priority 0; meta length > 5000 numgen inc mod 10 == 0 drop; }; }"
              .getBytes(StandardCharsets.UTF_8));
    }
    assertThat(nft.waitFor()).isZero();
  }

  /** Starts a program, whose name is the service's, and returns the first line that it prints. */
  private String start(String name, String text, String... arguments) throws IOException {
    Path script = Files.writeString(folder.resolve(name + ".py"), text);
    String[] words = new String[arguments.length + 2];
    words[0] = "python3";
    words[1] = script.toString();
    System.arraycopy(arguments, 0, words, 2, arguments.length);
    Process process = namespace.start(words);
    running.add(process);
    return process.inputReader(StandardCharsets.UTF_8).readLine();
  }

  /** How many segments the kernel sent again, by its own account. */
  long retransmitted() {
    List<String[]> lines =
        namespace
            .run("cat", "/proc/net/snmp")
            .output()
            .lines()
            .filter(line -> line.startsWith("Tcp:"))
            .map(line -> line.split(" "))
            .toList();
    int column = List.of(lines.getFirst()).indexOf("RetransSegs");
    return Long.parseLong(lines.getLast()[column]);
  }

  @Override
  public void close() {
    for (Process process : running.reversed()) {
      process.destroy();
      process.onExit().join();
    }
    namespace.close();
  }
}
