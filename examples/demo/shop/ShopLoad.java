package shop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The customers: five orders a second, each over a connection of its own. One in twenty loses
 * patience and resets the connection. Beside it, curl asks every second whether the shop is up.
 *
 * <p>Arguments: the folder of the ledger, its own name, the frontend's name, its port, curl's path
 * or nothing.
 */
public final class ShopLoad {
  private static final int ORDERS_PER_SECOND = 5;
  private static final int ONE_IS_RESET_OF = 20;

  private final Ledger ledger;
  private final String name;
  private final String frontend;
  private final int port;
  private final String curl;

  private ShopLoad(String... args) {
    ledger = new Ledger(Path.of(args[0]), "load");
    name = args[1];
    frontend = args[2];
    port = Integer.parseInt(args[3]);
    curl = args[4];
  }

  public static void main(String[] args) throws Exception {
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stop.countDown();
                  await(stopped);
                }));
    try {
      new ShopLoad(args).run(stop);
    } finally {
      stopped.countDown();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(CountDownLatch stop) throws IOException, InterruptedException {
    long period = TimeUnit.SECONDS.toNanos(1) / ORDERS_PER_SECOND;
    long next = System.nanoTime();
    for (int i = 1; !stop.await(next - System.nanoTime(), TimeUnit.NANOSECONDS); i++) {
      next = Math.max(next + period, System.nanoTime() - period);
      order(i);
      if (i % ORDERS_PER_SECOND == 0 && !curl.isEmpty()) {
        checkHealth();
      }
      ledger.save();
    }
  }

  private void order(int number) throws IOException {
    String body = "{\"item\":" + number + "}";
    long before = System.nanoTime();
    try (CountedConnection connection = CountedConnection.to(port)) {
      ledger.time(name, frontend, "connect", System.nanoTime() - before);
      boolean reset = number % ONE_IS_RESET_OF == 0;
      connection.send(
          "POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Length: "
              + body.length()
              + (reset ? "" : "\r\nConnection: close")
              + "\r\n\r\n"
              + body);
      String status = connection.readMessage();
      ledger.add(name, frontend, status.contains(" 200 ") ? "served" : "not_served", 1);
      if (reset) {
        connection.resetAtClose();
        ledger.add(name, frontend, "reset", 1);
      } else if (connection.read() >= 0) {
        throw new IOException("more than one response");
      }
      ledger.add(name, frontend, "sent", connection.sent());
      ledger.add(name, frontend, "received", connection.received());
    }
    ledger.add(name, frontend, "established", 1);
    ledger.time(name, frontend, "life", System.nanoTime() - before);
  }

  private void checkHealth() throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                curl,
                "--silent",
                "--output",
                "/dev/null",
                "--write-out",
                "%{size_request} %{size_header} %{size_download}",
                "http://127.0.0.1:" + port + "/health")
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().remove("OTEL_SERVICE_NAME"); // which is this service's
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("curl ended with " + process.exitValue());
    }
    String[] sizes = text.split(" ");
    ledger.add("curl", frontend, "established", 1);
    ledger.add("curl", frontend, "sent", Long.parseLong(sizes[0]));
    ledger.add("curl", frontend, "received", Long.parseLong(sizes[1]) + Long.parseLong(sizes[2]));
  }
}
