package shop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Three connections to PostgreSQL, which are used in turn and replaced after thirty statements. The
 * first ones are open before netspan starts.
 */
final class PostgresPool {
  private static final String SERVER = "postgres";
  private static final int SIZE = 3;
  private static final int MOST_USES = 30;
  private static final int PROTOCOL = 3 << 16;

  private final CountedConnection[] connections = new CountedConnection[SIZE];
  private final long[] sentBefore = new long[SIZE];
  private final long[] receivedBefore = new long[SIZE];
  private final int[] uses = new int[SIZE];
  private final int port;
  private final Ledger ledger;
  private final String client;
  private int next;

  /** Opens them; with port 0 there is no PostgreSQL, and statements do nothing. */
  PostgresPool(int port, Ledger ledger, String client) throws IOException {
    this.port = port;
    this.ledger = ledger;
    this.client = client;
    if (port == 0) {
      return;
    }
    for (int i = 0; i < SIZE; i++) {
      connections[i] = open();
    }
    run(connections[0], "CREATE TABLE orders (number int)");
    for (int i = 0; i < SIZE; i++) { // what moved before netspan starts is not counted
      sentBefore[i] = connections[i].sent();
      receivedBefore[i] = connections[i].received();
    }
    ledger.set(client, SERVER, "open", SIZE);
    ledger.add(client, SERVER, "established", 0);
  }

  void execute(String statement) throws IOException {
    if (port == 0) {
      return;
    }
    int i = next;
    next = (next + 1) % SIZE;
    if (uses[i]++ == MOST_USES) {
      replace(i);
    }
    run(connections[i], statement);
    count(i);
  }

  private void replace(int i) throws IOException {
    connections[i].send((byte) 'X', (byte) 0, (byte) 0, (byte) 0, (byte) 4);
    count(i);
    connections[i].close();
    ledger.add(client, SERVER, "established", 1);
    connections[i] = open();
    sentBefore[i] = 0;
    receivedBefore[i] = 0;
    uses[i] = 1;
  }

  private void count(int i) {
    ledger.add(client, SERVER, "sent", connections[i].sent() - sentBefore[i]);
    ledger.add(client, SERVER, "received", connections[i].received() - receivedBefore[i]);
    sentBefore[i] = connections[i].sent();
    receivedBefore[i] = connections[i].received();
  }

  private CountedConnection open() throws IOException {
    CountedConnection connection = CountedConnection.to(port);
    byte[] words = "user\0shop\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
    connection.send(
        ByteBuffer.allocate(8 + words.length)
            .putInt(8 + words.length)
            .putInt(PROTOCOL)
            .put(words)
            .array());
    awaitReady(connection);
    return connection;
  }

  private static void run(CountedConnection connection, String statement) throws IOException {
    byte[] words = (statement + "\0").getBytes(StandardCharsets.US_ASCII);
    connection.send(
        ByteBuffer.allocate(5 + words.length)
            .put((byte) 'Q')
            .putInt(4 + words.length)
            .put(words)
            .array());
    awaitReady(connection);
  }

  /** Reads messages up to ReadyForQuery; an ErrorResponse is thrown. */
  private static void awaitReady(CountedConnection connection) throws IOException {
    int type;
    do {
      type = connection.read();
      int length = ByteBuffer.wrap(connection.read(4)).getInt();
      byte[] body = connection.read(length - 4);
      if (type == 'E') {
        throw new IOException(new String(body, StandardCharsets.UTF_8).replace('\0', ' '));
      }
    } while (type != 'Z');
  }
}
