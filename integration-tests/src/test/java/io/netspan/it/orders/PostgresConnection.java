package io.netspan.it.orders;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A connection by version 3 of PostgreSQL's protocol, for simple queries of a user who is trusted.
 */
final class PostgresConnection {
  private static final int VERSION = 3 << 16;
  private static final byte[] PARAMETERS =
      "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);

  private final DataInputStream in;
  private final DataOutputStream out;

  private PostgresConnection(Socket socket) throws IOException {
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  static PostgresConnection open(InetSocketAddress address) throws IOException {
    Socket socket = new Socket(address.getAddress(), address.getPort());
    try {
      PostgresConnection connection = new PostgresConnection(socket);
      connection.out.writeInt(8 + PARAMETERS.length);
      connection.out.writeInt(VERSION);
      connection.out.write(PARAMETERS);
      connection.readUntilReady();
      return connection;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** The last column of the last row. */
  String query(String sql) throws IOException {
    byte[] text = (sql + "\0").getBytes(StandardCharsets.UTF_8);
    out.writeByte('Q');
    out.writeInt(4 + text.length);
    out.write(text);
    return readUntilReady();
  }

  private String readUntilReady() throws IOException {
    String found = "";
    while (true) {
      int type = in.readUnsignedByte();
      byte[] message = in.readNBytes(in.readInt() - 4);
      switch (type) {
        case 'Z' -> {
          return found;
        }
        case 'E' -> throw new IOException(new String(message, StandardCharsets.UTF_8));
        case 'D' -> found = new String(message, 6, message.length - 6, StandardCharsets.UTF_8);
        default -> {} // parameters, the columns, the command that ended
      }
    }
  }
}
