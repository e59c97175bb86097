package io.netspan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/**
 * Connections of this process to itself, which are held open until they are closed. Their numbers
 * of bytes differ: the n-th sent {@link #THERE} + n and {@link #BACK} + n.
 */
final class HeldConnections implements AutoCloseable {
  static final int THERE = 10_007;
  static final int BACK = 503;

  private final ServerSocket listener;
  private final List<Socket> clients = new ArrayList<>();
  private final List<Socket> servers = new ArrayList<>();

  HeldConnections(int count) throws IOException {
    listener = new ServerSocket(Ports.free(), count, InetAddress.getLoopbackAddress());
    for (int i = 0; i < count; i++) {
      Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
      clients.add(client);
      servers.add(listener.accept());
    }
    for (int i = 0; i < count; i++) {
      transfer(clients.get(i), servers.get(i), THERE + i);
      transfer(servers.get(i), clients.get(i), BACK + i);
    }
  }

  private static void transfer(Socket from, Socket to, int bytes) throws IOException {
    from.getOutputStream().write(new byte[bytes]);
    assertThat(to.getInputStream().readNBytes(bytes)).hasSize(bytes);
  }

  /** Each client sends {@code bytes} + n more. */
  void send(int bytes) throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      transfer(clients.get(i), servers.get(i), bytes + i);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /** The payload of all, as both sides together count it: sent here and received there. */
  long bytes() {
    long all = 0;
    for (int i = 0; i < clients.size(); i++) {
      all += 2L * (THERE + i + BACK + i);
    }
    return all;
  }

  /** Closes the clients first, half of them with a reset. */
  @Override
  public void close() throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).setSoLinger(i % 2 == 0, 0);
      clients.get(i).close();
      assertThat(isAtEnd(servers.get(i))).isTrue();
      servers.get(i).close();
    }
    listener.close();
  }

  /** Resets all connections; the servers' descriptors stay open. */
  void resetByClients() throws IOException {
    for (Socket client : clients) {
      client.setSoLinger(true, 0);
      client.close();
    }
  }

  /** Ends all connections in order; all descriptors stay open. */
  void shutDown() throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).shutdownOutput();
      assertThat(isAtEnd(servers.get(i))).isTrue();
      servers.get(i).shutdownOutput();
      assertThat(isAtEnd(clients.get(i))).isTrue();
    }
  }

  /** Closes the descriptors of connections that have ended. */
  void closeDescriptors() throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).close();
      servers.get(i).close();
    }
    listener.close();
  }

  private static boolean isAtEnd(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true; // a reset
    }
  }
}
