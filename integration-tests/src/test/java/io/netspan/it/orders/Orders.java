package io.netspan.it.orders;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An HTTP server that asks a PostgreSQL over one of a pool's connections, which take turns, and a
 * Redis over a new connection, for each request.
 */
public final class Orders {
  private static final int POOL = 4;
  private static final byte[] INCREMENT = "INCR orders\r\n".getBytes(StandardCharsets.US_ASCII);

  private final List<PostgresConnection> pool = new ArrayList<>();
  private final InetSocketAddress redis;
  private int requests;

  private Orders(InetSocketAddress postgres, InetSocketAddress redis) throws IOException {
    this.redis = redis;
    for (int i = 0; i < POOL; i++) {
      pool.add(PostgresConnection.open(postgres));
    }
  }

  /**
   * Says "ready" when the pool is open.
   *
   * @param arguments the port to listen on; address and port of PostgreSQL; the same of Redis
   */
  public static void main(String[] arguments) throws IOException {
    Orders orders = new Orders(address(arguments, 1), address(arguments, 3));
    int port = Integer.parseInt(arguments[0]);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/", orders::answer);
    server.start(); // one thread handles all requests
    System.out.println("ready");
  }

  private static InetSocketAddress address(String[] arguments, int at) {
    return new InetSocketAddress(arguments[at], Integer.parseInt(arguments[at + 1]));
  }

  private void answer(HttpExchange exchange) throws IOException {
    PostgresConnection connection = pool.get(requests % POOL);
    requests++;
    String found = connection.query("SELECT 'an order'");
    byte[] body = (found + count()).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String count() throws IOException {
    try (Socket socket = new Socket(redis.getAddress(), redis.getPort())) {
      socket.getOutputStream().write(INCREMENT);
      StringBuilder line = new StringBuilder();
      for (int c = socket.getInputStream().read(); c != '\n'; c = socket.getInputStream().read()) {
        if (c < 0) {
          throw new IOException("Redis closed the connection after '" + line + "'");
        }
        line.append((char) c);
      }
      return line.toString();
    }
  }
}
