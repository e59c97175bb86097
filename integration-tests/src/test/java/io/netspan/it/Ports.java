package io.netspan.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports below those that the kernel gives to clients. */
final class Ports {
  private static final int FIRST = 10_240;
  private static final int END = 32_000;

  private Ports() {}

  /** One that nobody listens on, and that nobody is likely to take before the test does. */
  static int free() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(port));
        return port;
      } catch (IOException e) {
        // Taken: another one.
      }
    }
  }
}
