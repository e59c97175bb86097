package io.netspan.bpf.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netspan.bpf.object.BpfObject;
import io.netspan.bpf.object.KernelTest;
import io.netspan.bpf.object.NetspanObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which records of the real object end the reader's wait. Other processes may add records, too. */
@KernelTest
@Timeout(30)
final class WakeUpKernelTest {
  private static final int ALL = Integer.MAX_VALUE;
  private static final int RING = 64 * 1024;
  private static final long NEVER = Long.MAX_VALUE;

  private static BpfObject loaded(long wakeupIntervalNs) {
    BpfObject object = NetspanObject.open();
    object.constant("exclude_self", 0);
    object.constant("patience_ns", NEVER);
    object.constant("wakeup_interval_ns", wakeupIntervalNs);
    object.map("events").resize(RING);
    object.load();
    return object;
  }

  /** Attaches the program after the ring was read once: before, any record ends a wait. */
  private static void attach(BpfObject object, RingBuffer ring) {
    ring.drain((_, _, _) -> {}, ALL);
    object.program("inet_sock_set_state").attach();
  }

  private static void connect(ServerSocket server) throws IOException {
    try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket accepted = server.accept()) {
      client.getOutputStream().write(1);
      assertThat(accepted.getInputStream().read()).isEqualTo(1);
    }
  }

  @Test
  void aProcessWakesTheReaderAndItsConnectionsDoNot() throws IOException {
    try (BpfObject object = loaded(0);
        RingBuffer ring = RingBuffer.of(object.map("events"));
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      attach(object, ring);
      connect(server);
      assertThat(ring.await(5_000)).as("woken by its first connection").isTrue();

      await()
          .untilAsserted(
              () -> {
                ring.drain((_, _, _) -> {}, ALL);
                connect(server);
                assertThat(ring.pendingBytes()).isPositive();
                assertThat(ring.await(50)).as("woken by later ones").isFalse();
              });
    }
  }

  @Test
  void aProcessDoesNotWakeTheReaderWithinTheInterval() throws IOException {
    try (BpfObject object = loaded(NEVER);
        RingBuffer ring = RingBuffer.of(object.map("events"));
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      attach(object, ring);
      connect(server);

      assertThat(ring.pendingBytes()).isPositive();
      assertThat(ring.await(50)).isFalse();
    }
  }

  @Test
  void aRingThatFillsUpWakesTheReader() throws IOException {
    try (BpfObject object = loaded(0);
        RingBuffer ring = RingBuffer.of(object.map("events"));
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      attach(object, ring);
      connect(server);
      await()
          .untilAsserted(
              () -> {
                ring.drain((_, _, _) -> {}, ALL);
                assertThat(ring.await(50)).as("woken without records").isFalse();
              });
      while (ring.pendingBytes() < RING / 8) {
        connect(server);
      }
      assertThat(ring.await(5_000)).isTrue();
    }
  }
}
