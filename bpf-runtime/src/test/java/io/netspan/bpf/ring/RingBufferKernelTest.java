package io.netspan.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import io.netspan.bpf.object.BpfObject;
import io.netspan.bpf.object.KernelTest;
import io.netspan.bpf.object.NetspanObject;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reads the ring of the real object, filled by real connections. */
@KernelTest
@Timeout(30)
final class RingBufferKernelTest {

  private static final int CONNECTIONS = 23;
  private static final int ALL = Integer.MAX_VALUE;
  private static final int RING = 64 * 1024;

  private final BpfObject object = NetspanObject.open();
  private RingBuffer buffer;

  @BeforeEach
  void attach() {
    object.constant("exclude_self", 0);
    object.constant("patience_ns", 0); // each record wakes
    object.map("events").resize(RING);
    object.load();
    buffer = RingBuffer.of(object.map("events"));
    object.program("inet_sock_set_state").attach();
  }

  @AfterEach
  void close() {
    buffer.close();
    object.close();
  }

  @Test
  void whatWasThereAtAMarkIsReadSooner() throws IOException {
    connect(1);
    long mark = buffer.mark();
    assertThat(buffer.hasRead(mark)).isFalse();
    buffer.drain((ring, offset, length) -> {}, ALL);
    assertThat(buffer.hasRead(mark)).isTrue();
  }

  /** The header of a record: type and size. */
  private record Header(int type, int size, int length) {}

  private static Header header(MemorySegment ring, long offset, int length) {
    return new Header(
        ring.get(ValueLayout.JAVA_INT, offset), ring.get(ValueLayout.JAVA_INT, offset + 4), length);
  }

  private static void connect(int times) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket server = new ServerSocket(0, 50, loopback)) {
      for (int i = 0; i < times; i++) {
        try (Socket client = new Socket(loopback, server.getLocalPort());
            Socket accepted = server.accept()) {
          client.getOutputStream().write(i);
          assertThat(accepted.getInputStream().read()).isEqualTo(i);
        }
      }
    }
  }

  @Test
  void everyConnectionGivesRecords() throws IOException {
    List<Header> headers = new ArrayList<>();
    connect(CONNECTIONS);
    assertThat(buffer.await(1_000)).isTrue();
    await()
        .untilAsserted(
            () -> {
              buffer.drain((ring, at, length) -> headers.add(header(ring, at, length)), ALL);
              assertThat(headers)
                  .filteredOn(h -> h.type() == 2) // EVENT_TCP_OPEN
                  .hasSizeGreaterThanOrEqualTo(CONNECTIONS);
            });
    assertThat(headers).allSatisfy(h -> assertThat(h.size()).isEqualTo(h.length()));
    assertThat(buffer.corrupt()).isZero();
    assertThat(buffer.capacity()).isEqualTo(RING);
  }

  @Test
  void theRingGoesRoundManyTimes() throws IOException {
    long bytes = 0;
    long[] lengths = {0};
    while (bytes < 4L * RING) {
      connect(CONNECTIONS);
      lengths[0] = 0;
      buffer.drain(
          (ring, at, length) -> {
            Header header = header(ring, at, length);
            assertThat(header.size()).isEqualTo(length);
            lengths[0] += length + 8;
          },
          ALL);
      bytes += lengths[0];
    }
    assertThat(buffer.corrupt()).isZero();
  }

  @Test
  void pendingBytesGrowAndGo() throws IOException {
    connect(1);
    assertThat(buffer.pendingBytes()).isBetween(1L, (long) RING);
    await()
        .untilAsserted(
            () -> {
              buffer.drain((_, _, _) -> {}, ALL);
              assertThat(buffer.pendingBytes()).isZero();
            });
  }

  @Test
  void anotherThreadWakesTheReader() throws Exception {
    buffer.drain((_, _, _) -> {}, ALL);
    onOtherThread(
        started -> {
          started.countDown();
          return buffer.await(-1);
        },
        buffer::wakeUp,
        woken -> assertThat(woken).isTrue());
  }

  @Test
  void aWakeUpBeforeTheWaitIsNotLost() {
    buffer.drain((_, _, _) -> {}, ALL);
    buffer.wakeUp();
    buffer.wakeUp();
    assertThat(buffer.await(-1)).isTrue();
  }

  @Test
  void closeEndsTheWait() throws Exception {
    onOtherThread(
        started -> {
          started.countDown();
          try {
            while (true) {
              buffer.await(-1);
              buffer.drain((_, _, _) -> {}, ALL);
            }
          } catch (IllegalStateException e) {
            return e.toString().endsWith("the ring buffer is closed");
          }
        },
        buffer::close,
        ended -> assertThat(ended).isTrue());
    assertThatIllegalStateException().isThrownBy(() -> buffer.pendingBytes());
  }

  @Test
  void theRingOutlivesItsObject() throws IOException {
    connect(1);
    object.close();
    assertThat(buffer.drain((_, _, _) -> {}, ALL)).isPositive();
  }

  private interface Waiting {
    boolean run(CountDownLatch started);
  }

  private static void onOtherThread(
      Waiting waiting, Runnable then, java.util.function.Consumer<Boolean> check) throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<Boolean> result = thread.submit(() -> waiting.run(started));
      started.await();
      then.run();
      check.accept(result.get());
    }
  }
}
