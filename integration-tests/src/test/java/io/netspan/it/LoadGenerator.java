package io.netspan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes an exact number of connections, each with one request, after which the server closes. None
 * is retried: a failed connection fails the test. The destinations take turns, so that the client
 * does not run out of ports.
 */
final class LoadGenerator {
  private static final int THREADS = 4;
  private static final byte[] REQUEST =
      "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final int port;
  private final int addresses;

  /**
   * @param addresses the number of addresses to connect to, from 127.0.0.1 on
   */
  LoadGenerator(int port, int addresses) {
    this.port = port;
    this.addresses = addresses;
  }

  /** Makes the connections, and returns when all are closed. */
  void connect(int connections) throws InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        all.add(threads.submit(() -> work(next, connections)));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  private void work(AtomicInteger next, int end) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
    for (int i = next.getAndIncrement(); i < end; i = next.getAndIncrement()) {
      try {
        request(new InetSocketAddress("127.0.0." + (1 + i % addresses), port), buffer);
      } catch (IOException e) {
        next.set(end);
        throw new UncheckedIOException("connection " + i, e);
      }
    }
  }

  private static void request(InetSocketAddress to, ByteBuffer buffer) throws IOException {
    try (SocketChannel channel = SocketChannel.open(to)) {
      channel.write(ByteBuffer.wrap(REQUEST));
      int received = 0;
      buffer.clear();
      for (int count = channel.read(buffer); count >= 0; count = channel.read(buffer)) {
        received += count;
        buffer.clear();
      }
      if (received == 0) {
        throw new IOException("closed without an answer");
      }
    }
  }
}
