package io.netspan.enrich.docker;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** A daemon at a unix domain socket that answers as it was told, and 404 to all else. */
public final class FakeDocker implements AutoCloseable {
  private final Path socket;
  private final ServerSocketChannel server;
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<SocketChannel> streams = new CopyOnWriteArrayList<>();
  private final List<SocketChannel> connections = new CopyOnWriteArrayList<>();

  /** Writes an answer after a question was read. */
  @FunctionalInterface
  public interface Answer {
    void write(OutputStream to) throws IOException, InterruptedException;
  }

  private FakeDocker(Path socket, ServerSocketChannel server) {
    this.socket = socket;
    this.server = server;
  }

  /** Listens at the socket. */
  public static FakeDocker start(Path socket) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    FakeDocker docker = new FakeDocker(socket, server);
    Thread.ofVirtual().start(docker::accept);
    return docker;
  }

  /** An API that waits no longer than this for an answer. */
  public static DockerApi api(Path socket, Predicate<String> wantedLabels, Duration within) {
    return new DockerApi(socket, wantedLabels, within, within);
  }

  /** Sets the answer to questions with this path. */
  public FakeDocker answers(String path, Answer answer) {
    answers.put(path, answer);
    return this;
  }

  /** Sets the answer to questions with this path. */
  public FakeDocker answers(String path, String json) {
    return answers(path, to -> write(to, json));
  }

  /** Writes a whole answer. */
  public static void write(OutputStream to, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    to.write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n").getBytes(ASCII));
    to.write(body);
  }

  private static final java.nio.charset.Charset ASCII = StandardCharsets.US_ASCII;

  /** Begins an answer in chunks. */
  public static void begin(OutputStream to) throws IOException {
    to.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".getBytes(ASCII));
  }

  /** Writes a chunk. */
  public static void chunk(OutputStream to, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    to.write((Integer.toHexString(body.length) + "\r\n").getBytes(ASCII));
    to.write(body);
    to.write("\r\n".getBytes(ASCII));
  }

  /** Reports an event to all who listen. */
  public void report(String json) {
    streams.removeIf(stream -> !sent(stream, json + "\n"));
  }

  private static boolean sent(SocketChannel stream, String text) {
    try {
      chunk(Channels.newOutputStream(stream), text);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The questions so far, decoded, that begin so. */
  public List<String> asked(String beginning) {
    return asked.stream().filter(each -> each.startsWith(beginning)).toList();
  }

  /** How many listen to events. */
  public int listening() {
    return streams.size();
  }

  /** Ends all connections, as a restart does. */
  public void hangUp() {
    streams.clear();
    for (SocketChannel connection : connections) {
      close(connection);
    }
    connections.clear();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = server.accept();
        connections.add(connection);
        Thread.ofVirtual().start(() -> serve(connection));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(SocketChannel connection) {
    try {
      InputStream in = new BufferedInputStream(Channels.newInputStream(connection));
      String first = HttpBody.line(in);
      while (!HttpBody.line(in).isEmpty()) {
        // The headers are of no interest.
      }
      String question = URLDecoder.decode(first.split(" ", 3)[1], StandardCharsets.UTF_8);
      OutputStream out = Channels.newOutputStream(connection);
      asked.add(question);
      String path = question.split("\\?", 2)[0];
      Answer answer = answers.get(path);
      if (answer != null) {
        answer.write(out);
      } else if (path.equals("/events")) {
        begin(out);
        streams.add(connection);
      } else {
        out.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".getBytes(ASCII));
      }
    } catch (IOException | InterruptedException e) {
      close(connection); // The agent has hung up.
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    hangUp();
    Files.deleteIfExists(socket);
  }
}
