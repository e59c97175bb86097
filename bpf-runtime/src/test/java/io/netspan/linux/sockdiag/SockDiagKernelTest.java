package io.netspan.linux.sockdiag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the real kernel's sockets; needs no privileges. */
final class SockDiagKernelTest {

  private static final int ESTABLISHED = 1;
  private static final int LISTEN = 10;
  private static final long LOOPBACK = 0x7f00_0001_0000_0000L;

  private final DiagCounters counters = new DiagCounters();
  private final SockDiag diag = SockDiag.open(counters);

  @AfterEach
  void nothingWasLost() {
    diag.close();
    assertThat(counters.malformed()).isZero();
    assertThat(counters.dumpFailed()).isZero();
    assertThat(counters.dumpInterrupted()).isZero();
    assertThat(counters.destroyOverflow()).isZero();
  }

  /** The two ends of a connection, and the listener that accepted it. */
  private record Pair(ServerSocket listener, Socket client, Socket server)
      implements AutoCloseable {

    static Pair open(String address) throws IOException {
      ServerSocket listener = new ServerSocket(0, 7, InetAddress.getByName(address));
      Socket client = new Socket(listener.getInetAddress(), listener.getLocalPort());
      return new Pair(listener, client, listener.accept());
    }

    boolean isClient(DiagSocket socket) {
      return socket.localPort() == client.getLocalPort() && socket.peerPort() == client.getPort();
    }

    boolean isServer(DiagSocket socket) {
      return socket.localPort() == client.getPort() && socket.peerPort() == client.getLocalPort();
    }

    boolean isListener(DiagSocket socket) {
      return socket.localPort() == client.getPort() && socket.peerPort() == 0;
    }

    void send(int there, int back) throws IOException {
      client.getOutputStream().write(new byte[there]);
      assertThat(server.getInputStream().readNBytes(there)).hasSize(there);
      server.getOutputStream().write(new byte[back]);
      assertThat(client.getInputStream().readNBytes(back)).hasSize(back);
    }

    @Override
    public void close() throws IOException {
      client.close();
      server.close();
      listener.close();
    }
  }

  private List<DiagSocket> dump() {
    List<DiagSocket> all = new ArrayList<>();
    assertThat(diag.dump(all::add)).isTrue();
    return all;
  }

  private static TcpInfo info(DiagSocket socket) {
    return Objects.requireNonNull(socket.info());
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void bothEndsAndTheListenerAreListed(String address) throws Exception {
    try (Pair pair = Pair.open(address)) {
      pair.send(10_007, 101);
      List<DiagSocket> all = dump();

      assertThat(all.stream().filter(pair::isListener))
          .singleElement()
          .satisfies(
              listener -> {
                assertThat(listener.state()).isEqualTo(LISTEN);
                assertThat(listener.inode()).isPositive();
              });
      DiagSocket client = all.stream().filter(pair::isClient).toList().getFirst();
      DiagSocket server = all.stream().filter(pair::isServer).toList().getFirst();
      assertThat(List.of(client, server))
          .allSatisfy(
              socket -> {
                assertThat(socket.state()).isEqualTo(ESTABLISHED);
                assertThat(socket.ipv6()).isEqualTo(address.equals("::1"));
                assertThat(socket.localHigh()).isEqualTo(socket.ipv6() ? 0 : LOOPBACK);
                assertThat(socket.localLow()).isEqualTo(socket.ipv6() ? 1 : 0);
                assertThat(socket.peerHigh()).isEqualTo(socket.localHigh());
                assertThat(socket.inode()).isPositive();
                assertThat(info(socket).rttUs()).isPositive();
                assertThat(info(socket).bytesRetrans()).isZero();
              });
      assertThat(client.cookie()).isNotEqualTo(server.cookie()).isNotZero();
      assertThat(info(client).bytesSent()).isEqualTo(10_007);
      assertThat(info(client).bytesReceived()).isEqualTo(101);
      assertThat(info(server).bytesSent()).isEqualTo(101);
      assertThat(info(server).bytesReceived()).isEqualTo(10_007);
      assertThat(dump()).extracting(DiagSocket::cookie).contains(client.cookie(), server.cookie());
    }
  }

  @Test
  void whatIsOpenIsFoundByItsAddresses() throws Exception {
    DiagSocket client;
    DiagSocket listener;
    List<DiagSocket> found = new ArrayList<>();
    try (Pair pair = Pair.open("127.0.0.1")) {
      List<DiagSocket> all = dump();
      client = all.stream().filter(pair::isClient).toList().getFirst();
      listener = all.stream().filter(pair::isListener).toList().getFirst();

      assertThat(diag.find(client, found::add)).isEqualTo(SockDiag.Presence.OPEN);
      assertThat(diag.find(listener, found::add)).isEqualTo(SockDiag.Presence.OPEN);
      assertThat(found)
          .extracting(DiagSocket::cookie)
          .containsExactly(client.cookie(), listener.cookie());
    }
    await().until(() -> diag.find(client, found::add) == SockDiag.Presence.GONE);
    assertThat(diag.find(listener, found::add)).isEqualTo(SockDiag.Presence.GONE);
  }

  @Test
  void destroyedSocketsComeWithTheirLastNumbers() throws Exception {
    assertThat(diag.reportsDestroyed()).isTrue();
    List<DiagSocket> gone = new ArrayList<>();
    Pair pair = Pair.open("127.0.0.1");
    pair.send(10_007, 101);
    pair.close();

    await()
        .until(
            () -> {
              SockDiag.await(List.of(diag), 1_000_000_000);
              diag.drainDestroyed(gone::add);
              return gone.stream().anyMatch(pair::isClient)
                  && gone.stream().anyMatch(pair::isServer);
            });

    DiagSocket client = gone.stream().filter(pair::isClient).toList().getFirst();
    DiagSocket server = gone.stream().filter(pair::isServer).toList().getFirst();
    assertThat(info(client).bytesSent()).isEqualTo(10_007);
    // The other end's FIN is counted if it came before TIME_WAIT took over.
    assertThat(info(client).bytesReceived()).isBetween(101L, 102L);
    assertThat(info(server).bytesSent()).isEqualTo(101);
    assertThat(info(server).bytesReceived()).isEqualTo(10_008);
  }

  @Test
  void anotherNamespaceHasOtherSockets() throws Exception {
    Process other =
        new ProcessBuilder("unshare", "-n", "sh", "-c", "ip link set lo up; echo .; read x")
            .redirectErrorStream(true)
            .start();
    assumeTrue(other.getInputStream().read() == '.', "unshare -n needs root");
    try (Pair pair = Pair.open("127.0.0.1");
        SockDiag there = SockDiag.openIn(Path.of("/proc/" + other.pid() + "/ns/net"), counters)) {
      List<DiagSocket> sockets = new ArrayList<>();
      assertThat(there.dump(sockets::add)).isTrue();

      assertThat(sockets).isEmpty();
      assertThat(there.netns())
          .isEqualTo(Files.getAttribute(Path.of("/proc/" + other.pid() + "/ns/net"), "unix:ino"))
          .isNotEqualTo(diag.netns());
      assertThat(dump()).anyMatch(pair::isClient);
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThatThrownBy(() -> SockDiag.openIn(Path.of("/proc/" + other.pid() + "/ns/net"), counters))
        .isInstanceOfSatisfying(
            SockDiagException.class,
            e -> assertThat(e.why()).isEqualTo(SockDiagException.Cause.GONE))
        .hasMessageContaining("ENOENT");
  }
}
