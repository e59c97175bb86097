package io.netspan.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Accepts connections on its own port, reads each to its end, and closes it. */
final class Server implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocket listener;
  private final AtomicInteger served = new AtomicInteger();
  private final Thread thread = new Thread(this::serve, "test-server");

  private Server(ServerSocket listener) {
    this.listener = listener;
  }

  /**
   * Starts a server.
   *
   * @param address null for the wildcard address, on which Java opens a dual-stack socket
   */
  static Server start(@Nullable InetAddress address) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(new InetSocketAddress(address, Ports.free()), BACKLOG);
    Server server = new Server(listener);
    server.thread.start();
    return server;
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Returns the number of connections that were read to their end. */
  int served() {
    return served.get();
  }

  /** Makes this many connections to the server, one after the other, each with 5 bytes. */
  void connectFromHere(InetAddress address, int connections) throws IOException {
    for (int i = 0; i < connections; i++) {
      try (Socket socket = new Socket(address, port())) {
        socket.getOutputStream().write(new byte[5]);
      }
    }
  }

  private void serve() {
    try {
      while (true) {
        try (Socket socket = listener.accept()) {
          socket.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
          served.incrementAndGet();
        }
      }
    } catch (IOException e) {
      // The server was closed.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
