package shop;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Takes orders over HTTP, puts them into PostgreSQL by a pool of connections, counts them in Redis,
 * and confirms one in five by mail.
 *
 * <p>Arguments: the folder of the ledger; the names of its client, its own and the mail service's;
 * the ports of its own, PostgreSQL, Redis and the mail service, 0 where there is none.
 */
public final class OrderService {
  private static final int ONE_HAS_MAIL_OF = 5;

  private final Ledger ledger;
  private final String client;
  private final String name;
  private final String mail;
  private final int redisPort;
  private final int mailPort;
  private final PostgresPool pool;
  private int orders;

  private OrderService(String... args) throws IOException {
    ledger = new Ledger(Path.of(args[0]), "orders");
    client = args[1];
    name = args[2];
    mail = args[3];
    redisPort = Integer.parseInt(args[6]);
    mailPort = Integer.parseInt(args[7]);
    pool = new PostgresPool(Integer.parseInt(args[5]), ledger, name);
  }

  public static void main(String[] args) throws IOException {
    OrderService service = new OrderService(args);
    int port = Integer.parseInt(args[4]);
    try (ServerSocket server = new ServerSocket(port, 0, InetAddress.getLoopbackAddress());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      System.out.println("ready");
      while (true) {
        Socket socket = server.accept();
        threads.execute(() -> service.serve(socket));
      }
    }
  }

  private void serve(Socket socket) {
    try (CountedConnection connection = new CountedConnection(socket)) {
      if (connection.readMessage().isEmpty()) {
        return;
      }
      String body = take();
      connection.send("HTTP/1.0 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
      ledger.add(client, name, "established", 1);
      ledger.add(client, name, "sent", connection.received());
      ledger.add(client, name, "received", connection.sent());
      ledger.save();
    } catch (IOException e) {
      e.printStackTrace();
    }
  }

  private synchronized String take() throws IOException {
    orders++;
    pool.execute("INSERT INTO orders VALUES (" + orders + ")");
    if (redisPort != 0) {
      count();
    }
    return "{\"order\":"
        + orders
        + ",\"confirmed\":"
        + (orders % ONE_HAS_MAIL_OF == 0 && confirm())
        + "}";
  }

  private void count() throws IOException {
    try (CountedConnection redis = CountedConnection.to(redisPort)) {
      redis.send("*2\r\n$4\r\nINCR\r\n$6\r\norders\r\n");
      redis.readLine();
      count("redis-server", redis);
    }
  }

  private boolean confirm() throws IOException {
    try (CountedConnection connection = CountedConnection.to(mailPort)) {
      connection.send("Your order was taken.\r\n");
      connection.readLine();
      count(mail, connection);
      return true;
    } catch (ConnectException e) {
      ledger.add(name, mail, "connection_refused", 1);
      return false;
    }
  }

  private void count(String server, CountedConnection connection) {
    ledger.add(name, server, "established", 1);
    ledger.add(name, server, "sent", connection.sent());
    ledger.add(name, server, "received", connection.received());
  }
}
