package io.netspan.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The object that counts UDP flows, with room for few: datagrams of flows that find no room are all
 * counted. It counts the traffic of the whole machine, so the assertions are about sums.
 */
@KernelTest
final class UdpObjectKernelTest {
  private static final int ROOM = 31;
  private static final int SOCKETS = 47;
  private static final int TIMES = 5;
  private static final int BYTES = 11;

  // struct udp_flow and struct udp_tallies
  private static final int BYTES_SENT = 8;
  private static final int DATAGRAMS_SENT = 24;
  private static final int DATAGRAMS_RECEIVED = 32;
  private static final int TABLE_FULL = 8;
  private static final int LOST = 16;
  private static final int TALLIES = 32;

  @Test
  void aFullTableHoldsWhatItHoldsAndTheRestIsCounted() throws Exception {
    try (BpfObject object = NetspanObject.openUdp()) {
      object.map("udp_flows").resize(ROOM);
      assumeTrue(loads(object), "needs the tracepoint sock_send_length (Linux 6.3)");
      object.program("send_length").attach();

      Set<Integer> ports = send();

      object.detach();
      check(object, ports);
    }
  }

  static boolean loads(BpfObject object) {
    try {
      object.load();
      return true;
    } catch (BpfException e) {
      return false;
    }
  }

  /** From so many sockets, all open at once, to one that does not read. Returns their ports. */
  private static Set<Integer> send() throws Exception {
    Set<Integer> ports = new HashSet<>();
    List<DatagramSocket> sockets = new ArrayList<>();
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    try (DatagramSocket sink = new DatagramSocket(0, loopback)) {
      for (int i = 0; i < SOCKETS; i++) {
        DatagramSocket socket = new DatagramSocket(0, loopback);
        sockets.add(socket);
        ports.add(socket.getLocalPort());
        socket.connect(sink.getLocalSocketAddress());
        for (int j = 0; j < TIMES; j++) {
          socket.send(new DatagramPacket(new byte[BYTES], BYTES));
        }
      }
    } finally {
      sockets.forEach(DatagramSocket::close);
    }
    return ports;
  }

  private static void check(BpfObject object, Set<Integer> ports) {
    long[] ours = new long[3];
    int[] flows = new int[2];
    int sport = NetspanObject.offset(object, "udp_flow", "sport");
    try (MapScan scan = new MapScan(object.map("udp_flows"))) {
      flows[1] =
          scan.scan(
              (keys, key, values, value) -> {
                if (ports.contains(
                    Short.toUnsignedInt(
                        values.get(ValueLayout.JAVA_SHORT_UNALIGNED, value + sport)))) {
                  flows[0]++;
                  ours[0] += values.get(ValueLayout.JAVA_LONG_UNALIGNED, value + DATAGRAMS_SENT);
                  ours[1] += values.get(ValueLayout.JAVA_LONG_UNALIGNED, value + BYTES_SENT);
                  ours[2] +=
                      values.get(ValueLayout.JAVA_LONG_UNALIGNED, value + DATAGRAMS_RECEIVED);
                }
              });
    }
    long lost = tally(object, LOST);

    assertThat(flows[1]).isEqualTo(ROOM);
    assertThat(ours[0]).isEqualTo((long) flows[0] * TIMES);
    assertThat(ours[1]).isEqualTo((long) flows[0] * TIMES * BYTES);
    assertThat(ours[2]).isZero();
    // Each that found no place was tried for one of its own, and for one with the others.
    assertThat(lost).isEqualTo(tally(object, TABLE_FULL));
    assertThat(lost)
        .as("datagrams of the sockets without a flow, and what others on this machine sent")
        .isGreaterThanOrEqualTo((long) (SOCKETS - flows[0]) * TIMES);
  }

  private static long tally(BpfObject object, int offset) {
    int cpus = BpfMap.possibleCpus();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate((long) TALLIES * cpus, Long.BYTES);
      object.map("udp_counts").lookup(0, values);
      long sum = 0;
      for (int cpu = 0; cpu < cpus; cpu++) {
        sum += values.get(ValueLayout.JAVA_LONG, (long) TALLIES * cpu + offset);
      }
      return sum;
    }
  }
}
