package io.netspan.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the number of flows per socket, and when a socket is forgotten. */
@KernelTest
final class UdpForgetKernelTest {
  private static final int SINKS = 4;
  private static final int MOST = 2;
  private static final int ROOM = 128; // a scan is short
  private static final int ROUNDS = 20_000;

  // struct udp_flow_key and struct udp_socket
  private static final int KIND = 27;
  private static final int KNOWN = 0;
  private static final int OTHERS = 2;
  private static final int FLOWS = 8;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment cookie = arena.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment socket = arena.allocate(16, Long.BYTES);
  private final MemorySegment flow = arena.allocate(136, Long.BYTES);
  private final BpfObject object = NetspanObject.openUdp();
  private final List<DatagramChannel> sinks = new ArrayList<>();
  private final List<SocketAddress> addresses = new ArrayList<>();
  private final DatagramChannel channel = bound();

  UdpForgetKernelTest() throws IOException {}

  private static DatagramChannel bound() throws IOException {
    return DatagramChannel.open()
        .bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
  }

  @BeforeEach
  void load() throws IOException {
    for (int i = 0; i < SINKS; i++) {
      sinks.add(bound());
      addresses.add(sinks.getLast().getLocalAddress());
    }
    object.constant("most_peers", MOST);
    object.map("udp_flows").resize(ROOM);
    object.map("udp_sockets").resize(ROOM);
    assumeTrue(
        UdpObjectKernelTest.loads(object), "needs the tracepoint sock_send_length (Linux 6.3)");
    object.program("send_length").attach();
    send(0);
    cookie.set(ValueLayout.JAVA_LONG, 0, found().getFirst().cookie);
  }

  @AfterEach
  void close() throws IOException {
    object.close();
    channel.close();
    for (DatagramChannel sink : sinks) {
      sink.close();
    }
    arena.close();
  }

  private record Found(long cookie, int kind, MemorySegment key) {}

  private void send(int to) throws IOException {
    channel.disconnect();
    channel.connect(addresses.get(to));
    channel.write(ByteBuffer.allocate(1));
  }

  private void run(String program, long... more) {
    long[] arguments = new long[more.length + 1];
    arguments[0] = cookie.get(ValueLayout.JAVA_LONG, 0);
    System.arraycopy(more, 0, arguments, 1, more.length);
    object.program(program).run(arguments);
  }

  /** The flows of our socket. */
  private List<Found> found() throws IOException {
    int port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
    int sport = NetspanObject.offset(object, "udp_flow", "sport");
    List<Found> found = new ArrayList<>();
    try (MapScan scan = new MapScan(object.map("udp_flows"))) {
      scan.scan(
          (keys, key, values, value) -> {
            if (Short.toUnsignedInt(values.get(ValueLayout.JAVA_SHORT_UNALIGNED, value + sport))
                == port) {
              found.add(
                  new Found(
                      keys.get(ValueLayout.JAVA_LONG, key),
                      keys.get(ValueLayout.JAVA_BYTE, key + KIND),
                      Arena.ofAuto().allocate(32, Long.BYTES).copyFrom(keys.asSlice(key, 32))));
            }
          });
    }
    return found;
  }

  /** Removes all flows of our socket and returns how many there were. */
  private int take() throws IOException {
    List<Found> all = found();
    for (Found one : all) {
      assertThat(object.map("udp_flows").take(one.key, flow)).isTrue();
    }
    return all.size();
  }

  private int counted() {
    return object.map("udp_sockets").find(cookie, socket)
        ? socket.get(ValueLayout.JAVA_INT, FLOWS)
        : 0;
  }

  @Test
  void aSocketIsForgottenOnceItHasNoFlow() throws Exception {
    run("forget_idle");
    assertThat(counted()).isEqualTo(1);

    assertThat(take()).isEqualTo(1);
    run("forget_flows", 1);
    run("forget_idle");
    assertThat(object.map("udp_sockets").find(cookie, socket)).isFalse();

    send(0);
    assertThat(counted()).isEqualTo(1);
  }

  @Test
  void flowsThatWereNeverCountedTakeNoPlaces() throws Exception {
    object.map("udp_sockets").remove(cookie);
    send(1);
    run("forget_flows", 2);
    assertThat(counted()).isZero();

    send(2);
    send(3);
    assertThat(found()).extracting(Found::kind).containsOnly(KNOWN).hasSize(SINKS);
    assertThat(counted()).isEqualTo(MOST);
  }

  @Test
  void allOthersHaveOneFlowThatIsCountedToo() throws Exception {
    send(1);
    send(2);
    send(3);
    assertThat(found()).extracting(Found::kind).containsExactlyInAnyOrder(KNOWN, KNOWN, OTHERS);
    assertThat(counted()).isEqualTo(MOST + 1);

    run("forget_flows", take());
    run("forget_idle");
    assertThat(object.map("udp_sockets").find(cookie, socket)).isFalse();
  }

  @Test
  void whatIsForgottenWhileFlowsBeginIsCountedExactly() throws Exception {
    long taken = 0;
    long uncounted = 0;
    try (ExecutorService sender = Executors.newSingleThreadExecutor()) {
      Future<?> sent =
          sender.submit(
              () -> {
                for (int i = 0; i < ROUNDS; i++) {
                  send(i % SINKS);
                }
                return null;
              });
      while (!sent.isDone()) {
        int flows = take();
        uncounted += Math.max(0, flows - counted());
        if (flows > 0) {
          run("forget_flows", flows);
        }
        for (int i = 0; i < 10; i++) {
          run("forget_idle");
        }
        taken += flows;
      }
      sent.get();
    }

    assertThat(taken).isPositive();
    assertThat(uncounted).isZero();
    assertThat(found()).hasSize(counted());
  }
}
