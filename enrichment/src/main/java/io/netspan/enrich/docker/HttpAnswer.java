package io.netspan.enrich.docker;

import io.netspan.enrich.container.RuntimeFailure;
import io.netspan.enrich.container.RuntimeProblem;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The answer to one GET of HTTP/1.1 over a unix domain socket, on a connection of its own, whose
 * body is read while it arrives. The JDK's own client knows TCP only, and others take 20 MB and
 * half a second for the first answer.
 */
final class HttpAnswer implements AutoCloseable {
  private static final int MOST_HEADERS = 200;
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;

  private final SocketChannel channel;
  private final CompletableFuture<Void> deadline;
  private final InputStream in;
  private int status;
  private Map<String, String> headers = Map.of();

  private HttpAnswer(SocketChannel channel, Duration within) {
    this.channel = channel;
    this.in = new BufferedInputStream(Channels.newInputStream(channel));
    this.deadline =
        CompletableFuture.runAsync(
            () -> close(channel),
            CompletableFuture.delayedExecutor(
                within.toNanos(), TimeUnit.NANOSECONDS, Runnable::run));
  }

  /**
   * Asks, and reads the answer up to its body.
   *
   * @param path with its query, encoded
   * @param within the connection is closed after this time, unless {@link #takeYourTime} is called
   */
  static HttpAnswer get(Path socket, String path, Duration within) throws IOException {
    HttpAnswer answer =
        new HttpAnswer(SocketChannel.open(UnixDomainSocketAddress.of(socket)), within);
    try {
      answer.ask(path);
      return answer;
    } catch (IOException e) {
      answer.close();
      throw e;
    }
  }

  private void ask(String path) throws IOException {
    String question =
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";
    ByteBuffer left = ByteBuffer.wrap(question.getBytes(StandardCharsets.US_ASCII));
    while (left.hasRemaining()) {
      channel.write(left);
    }
    do {
      status = status(HttpBody.line(in));
      headers = headers();
    } while (status < OK); // informational
  }

  private static int status(String line) throws RuntimeFailure {
    String[] words = line.split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5]\\d\\d")) {
      throw new RuntimeFailure(RuntimeProblem.MALFORMED, "the answer is not HTTP/1.1");
    }
    return Integer.parseInt(words[1]);
  }

  private Map<String, String> headers() throws IOException {
    Map<String, String> all = new HashMap<>();
    int count = 0;
    for (String line = HttpBody.line(in); !line.isEmpty(); line = HttpBody.line(in)) {
      int colon = line.indexOf(':');
      if (colon < 1 || count++ == MOST_HEADERS) {
        throw new RuntimeFailure(RuntimeProblem.MALFORMED, "the answer's headers are not HTTP");
      }
      all.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return all;
  }

  /**
   * Whether there is what was asked for.
   *
   * @throws RuntimeFailure if the answer is another error
   */
  boolean isFound() throws RuntimeFailure {
    if (status != OK && status != NOT_FOUND) {
      throw new RuntimeFailure(RuntimeProblem.REFUSED, "HTTP status " + status);
    }
    return status == OK;
  }

  /**
   * As {@link #isFound}, where it must be.
   *
   * @throws RuntimeFailure if it is not
   */
  void requireFound() throws RuntimeFailure {
    if (!isFound()) {
      throw new RuntimeFailure(RuntimeProblem.REFUSED, "HTTP status " + status);
    }
  }

  InputStream body() throws RuntimeFailure {
    String length = headers.get("content-length");
    if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
      return HttpBody.chunked(in);
    }
    return length == null
        ? HttpBody.toTheEnd(in)
        : HttpBody.ofLength(in, HttpBody.number(length, 10));
  }

  /** The body may go on for ever. */
  void takeYourTime() {
    deadline.cancel(false);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is closed as far as it can be.
    }
  }

  @Override
  public void close() {
    deadline.cancel(false);
    close(channel);
  }
}
