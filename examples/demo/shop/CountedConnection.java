package shop;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A TCP connection that counts its payload. */
final class CountedConnection implements AutoCloseable {
  private static final int TIMEOUT_MS = 10_000;

  private final Socket socket;
  private final InputStream in;
  private long sent;
  private long received;

  /** Takes one that was accepted. */
  CountedConnection(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MS);
    in = socket.getInputStream();
  }

  /** Connects to a port of loopback. */
  static CountedConnection to(int port) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
      return new CountedConnection(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  void send(byte... bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    sent += bytes.length;
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The next byte, or -1 at the end. */
  int read() throws IOException {
    int value = in.read();
    if (value >= 0) {
      received++;
    }
    return value;
  }

  byte[] read(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    received += bytes.length;
    if (bytes.length < length) {
      throw new EOFException("the connection was closed too early");
    }
    return bytes;
  }

  /** A line without its end, empty at the end of the connection. */
  String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int value = read(); value >= 0 && value != '\n'; value = read()) {
      if (value != '\r') {
        line.append((char) value);
      }
    }
    return line.toString();
  }

  /** An HTTP request or response; what is returned is its first line, empty if there is none. */
  String readMessage() throws IOException {
    String first = readLine();
    int length = 0;
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      if (line.regionMatches(/* ignoreCase= */ true, 0, "content-length:", 0, 15)) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    read(length);
    return first;
  }

  /** Makes close() send a reset. */
  void resetAtClose() throws IOException {
    socket.setSoLinger(true, 0);
  }

  long sent() {
    return sent;
  }

  long received() {
    return received;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
