package io.netspan.receiver.export;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * One request of HTTP/1.1 over a unix domain socket, each on a connection of its own; the JDK's
 * clients know TCP only. An answer that is not HTTP is an {@link IOException}.
 */
final class UnixHttp {
  private static final int LONGEST_LINE = 8_192;
  private static final int MOST_HEADERS = 200;

  private final Path socket;
  private final String path;
  private final int largestBody;

  /**
   * Creates a client.
   *
   * @param path the path of the request
   * @param largestBody the bytes of an answer's body that are read at most
   */
  UnixHttp(Path socket, String path, int largestBody) {
    this.socket = socket;
    this.path = path;
    this.largestBody = largestBody;
  }

  /** An answer; the names of its headers are in lower case. */
  @SuppressWarnings("ArrayRecordComponent")
  record Answer(int status, String reason, Map<String, String> headers, byte[] body) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }
  }

  /** Sends a request and reads the answer, both within the given time. */
  Answer post(Map<String, List<String>> headers, byte[] body, Duration within) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      CompletableFuture<Void> watch =
          CompletableFuture.runAsync(
              () -> close(channel),
              CompletableFuture.delayedExecutor(
                  within.toNanos(), TimeUnit.NANOSECONDS, Runnable::run));
      try {
        write(channel, head(headers, body.length));
        write(channel, body);
        return answer(new BufferedInputStream(Channels.newInputStream(channel)));
      } finally {
        watch.cancel(false);
      }
    }
  }

  /** Ends what is being read or written. */
  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed as far as it can be.
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      channel.write(left);
    }
  }

  private byte[] head(Map<String, List<String>> headers, int length) {
    StringBuilder head = new StringBuilder("POST ").append(path).append(" HTTP/1.1\r\n");
    head.append("Host: localhost\r\nConnection: close\r\nAccept-Encoding: identity\r\n");
    head.append("Content-Length: ").append(length).append("\r\n");
    headers.forEach(
        (name, values) -> values.forEach(value -> head.append(name + ": " + value).append("\r\n")));
    return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private Answer answer(InputStream in) throws IOException {
    while (true) {
      String[] first = line(in).split(" ", 3);
      if (first.length < 2 || !first[0].startsWith("HTTP/1.") || !first[1].matches("[1-5]\\d\\d")) {
        throw new IOException("the answer is not HTTP");
      }
      int status = Integer.parseInt(first[1]);
      Map<String, String> headers = headers(in);
      if (status >= 200) { // Before it there may be informational ones.
        byte[] body = status == 204 ? new byte[0] : body(in, headers);
        return new Answer(status, first.length > 2 ? first[2] : "", headers, body);
      }
    }
  }

  private static Map<String, String> headers(InputStream in) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon < 1 || headers.size() == MOST_HEADERS) {
        throw new IOException("the answer has headers that are not HTTP");
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return headers;
  }

  private byte[] body(InputStream in, Map<String, String> headers) throws IOException {
    String length = headers.get("content-length");
    boolean chunked = "chunked".equalsIgnoreCase(headers.get("transfer-encoding"));
    byte[] body =
        chunked
            ? chunks(in)
            : in.readNBytes(
                length == null ? largestBody : Math.min(largestBody, number(length, 10)));
    if (!chunked && length != null && body.length < Math.min(largestBody, number(length, 10))) {
      throw new EOFException("the answer ends before its body does");
    }
    return "gzip".equalsIgnoreCase(headers.get("content-encoding")) ? unzipped(body) : body;
  }

  private byte[] unzipped(byte[] body) throws IOException {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      return in.readNBytes(largestBody);
    }
  }

  private byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int size = chunkSize(in);
    while (size != 0 && all.size() < largestBody) {
      byte[] chunk = in.readNBytes(Math.min(size, largestBody));
      if (chunk.length < Math.min(size, largestBody) || size > largestBody) {
        throw new EOFException("the answer's body ends too early, or is too large");
      }
      all.write(chunk);
      line(in);
      size = chunkSize(in);
    }
    return all.toByteArray();
  }

  private static int chunkSize(InputStream in) throws IOException {
    return number(line(in).split(";", 2)[0].strip(), 16);
  }

  private static int number(@Nullable String text, int radix) throws IOException {
    try {
      int number = Integer.parseInt(text, radix);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Not a number, as reported below.
    }
    throw new IOException("the answer has a length that is no number");
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the connection was closed before the answer was complete");
      }
      if (line.length() == LONGEST_LINE) {
        throw new IOException("the answer has a line that is too long");
      }
      line.append((char) next);
    }
    int end = line.length() - 1;
    return end >= 0 && line.charAt(end) == '\r' ? line.substring(0, end) : line.toString();
  }
}
