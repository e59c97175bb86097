package io.netspan.bpf.object;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.bpf.ring.RingBuffer;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The agent may close a socket that it never owned: an iterator over descriptors holds a reference
 * to each file, and the holder of the last reference closes the file.
 */
@KernelTest
final class OwnCloseKernelTest {
  private static final int EVENT_TCP_CLOSING = 4;
  private static final int CONNECTIONS = 23;

  @Test
  void aCloseByTheAgentDoesNotIdentifyTheOwner() throws IOException {
    try (BpfObject object = NetspanObject.open()) {
      object.constant("exclude_self", 0);
      object.constant("patience_ns", 0);
      object.map("events").resize(4 << 20);
      object.load();
      try (RingBuffer ring = RingBuffer.of(object.map("events"))) {
        object.program("inet_sock_set_state").attach();
        object.program("stand_in").attach(); // a softirq may interrupt the other one
        int self = Math.toIntExact(ProcessHandle.current().pid());

        assertThat(closers(object, ring)).filteredOn(pid -> pid == self).hasSize(2 * CONNECTIONS);
        object.program("remember_self").run();
        assertThat(closers(object, ring))
            .doesNotContain(self)
            .filteredOn(pid -> pid == 0)
            .hasSizeGreaterThanOrEqualTo(2 * CONNECTIONS);
      }
    }
  }

  /** Who took the first step of closing of some connections of this process, and of others. */
  private static List<Integer> closers(BpfObject object, RingBuffer ring) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket server = new ServerSocket(0, 50, loopback)) {
      for (int i = 0; i < CONNECTIONS; i++) {
        Socket client = new Socket(loopback, server.getLocalPort());
        Socket accepted = server.accept();
        client.close();
        assertThat(accepted.getInputStream().read()).isNegative();
        accepted.close();
      }
    }
    int tgid = NetspanObject.offset(object, "tcp_closing_event", "tgid");
    List<Integer> closers = new ArrayList<>();
    ring.drain(
        (records, at, _) -> {
          if (records.get(ValueLayout.JAVA_INT, at) == EVENT_TCP_CLOSING) {
            closers.add(records.get(ValueLayout.JAVA_INT, at + tgid));
          }
        },
        Integer.MAX_VALUE);
    return closers;
  }
}
