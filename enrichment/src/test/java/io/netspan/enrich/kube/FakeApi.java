package io.netspan.enrich.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An API server of a test: answers lists and objects as it was told, and passes on events. */
final class FakeApi implements AutoCloseable {
  private static final String END = "end";
  private static final int OK = 200;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final Map<String, BlockingQueue<String>> events = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  /** What is answered to a question. */
  record Answer(int status, String body) {}

  FakeApi() throws IOException {
    this(0);
  }

  FakeApi(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  ApiServer address() {
    return new ApiServer(
        URI.create("http://127.0.0.1:" + port()), Path.of("/none"), Path.of("/none"));
  }

  /** Answers questions that begin so, but for watches. */
  void answer(String question, int status, String body) {
    answers.put(question, new Answer(status, body));
  }

  /** Answers a question for a list from the server's cache. */
  void list(String path, String version, String... items) {
    answer(path, OK, listOf(version, "", items));
  }

  static String listOf(String version, String next, String... items) {
    return """
        {"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"%s","continue":"%s"},\
        "items":[%s]}
        """
        .formatted(version, next, String.join(",", items));
  }

  /** Sends an event to the watch of this path, now or when there is one. */
  void event(String path, String type, String object) {
    raw(path, "{\"type\":\"" + type + "\",\"object\":" + object + "}\n");
  }

  /** Sends any text to the watch of this path. */
  void raw(String path, String text) {
    queue(path).add(text);
  }

  /** Ends the watch of this path. */
  void end(String path) {
    queue(path).add(END);
  }

  private BlockingQueue<String> queue(String path) {
    return events.computeIfAbsent(path, _ -> new LinkedBlockingQueue<>());
  }

  /** The questions until now. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String question = exchange.getRequestURI().toString();
      asked.add(question);
      String path = exchange.getRequestURI().getPath();
      if (question.contains("watch=1") && !answers.containsKey(path + "?watch")) {
        exchange.sendResponseHeaders(OK, 0);
        stream(queue(path), exchange.getResponseBody());
        return;
      }
      Answer answer = question.contains("watch=1") ? answers.get(path + "?watch") : find(question);
      byte[] body = answer == null ? new byte[0] : answer.body().getBytes(UTF_8);
      exchange.sendResponseHeaders(answer == null ? 404 : answer.status(), body.length + 0L);
      exchange.getResponseBody().write(body);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Answer find(String question) {
    return answers.entrySet().stream()
        .filter(each -> question.contains(each.getKey()))
        .max(java.util.Comparator.comparingInt(each -> each.getKey().length()))
        .map(Map.Entry::getValue)
        .orElse(null);
  }

  private void stream(BlockingQueue<String> from, OutputStream to)
      throws IOException, InterruptedException {
    to.flush();
    while (!closed) {
      String next = from.poll(50, TimeUnit.MILLISECONDS);
      if (next == null) {
        continue;
      }
      if (next.equals(END)) {
        return;
      }
      to.write(next.getBytes(UTF_8));
      to.flush();
    }
  }

  @Override
  public void close() {
    closed = true;
    server.stop(0);
    threads.shutdownNow();
  }
}
