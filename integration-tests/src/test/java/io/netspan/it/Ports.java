package io.netspan.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports below the ephemeral range. */
final class Ports {
  private static final int FIRST = 10_240;
  private static final int END = 32_000;

  private Ports() {}

  /**
   * Returns a port on which nothing listens, and which is unlikely to be taken before the test uses
   * it.
   */
  static int free() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(port));
        return port;
      } catch (IOException e) {
        // The port is taken; try another one.
      }
    }
  }
}
