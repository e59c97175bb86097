package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_LISTEN;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static io.netspan.receiver.tcp.FakeProcess.NGINX_WORKER;
import static io.netspan.receiver.tcp.FakeProcess.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.receiver.wire.WireRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of several listeners owns a connection that no process accepts. */
final class ListenersTest {
  private static final int PORT = 80;

  private final TrackedHost host = new TrackedHost();
  private final FakeKernel kernel = host.kernel;

  private static WireRecord v6Only(WireRecord record) {
    return record.with("v6_only", 1);
  }

  private int owner(FakeSocket server) {
    server.established();
    server.close(TCP_ESTABLISHED, 104);
    return host.seen.closed.getLast().owner().key().pid();
  }

  private FakeSocket v4() {
    return kernel.server(0x5).local("10.0.0.2", PORT);
  }

  private FakeSocket v6() {
    return kernel.server(0x6).local("2001:db8::2", PORT).peer("2001:db8::1", 40_001);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anIpv4AndAnIpv6OnlyWildcardOfOnePortAreTwoListeners(boolean v4First) {
    if (v4First) {
      kernel.listen(0x11, NGINX, "0.0.0.0", PORT);
    }
    kernel.listen(0x12, CURL, "::", PORT, ListenersTest::v6Only);
    if (!v4First) {
      kernel.listen(0x11, NGINX, "0.0.0.0", PORT);
    }

    assertThat(owner(v4())).isEqualTo(NGINX.pid());
    assertThat(owner(v6())).isEqualTo(CURL.pid());
  }

  @Test
  void aListenerOfOneFamilyDoesNotOwnConnectionsOfTheOther() {
    kernel.listen(0x11, NGINX, "0.0.0.0", PORT);
    assertThat(owner(v6())).isZero();

    kernel.unlisten(0x11, NGINX);
    kernel.listen(0x12, CURL, "::", PORT, ListenersTest::v6Only);
    assertThat(owner(v4())).isZero();
  }

  /** SO_REUSEPORT allows both; the kernel prefers the IPv4 listener for IPv4 connections. */
  @Test
  void anIpv4ListenerTakesPrecedenceOverADualStackListener() {
    kernel.listen(0x11, NGINX, "0.0.0.0", PORT);
    kernel.listen(0x12, CURL, "::", PORT);

    assertThat(owner(v4())).isEqualTo(NGINX.pid());
    assertThat(owner(v6())).isEqualTo(CURL.pid());
  }

  @Test
  void anIpv6AddressWithTrailingZeroBytesIsNotTakenForIpv4() {
    kernel.listen(0x11, NGINX, "32.1.13.184", PORT);
    FakeSocket server = kernel.server(0x6).local("2001:db8::", PORT).peer("2001:db8::1", 40_001);

    assertThat(owner(server)).isZero();
  }

  @Test
  void listenersAreDistinguishedByTheirDevices() {
    kernel.listen(0x11, NGINX, "0.0.0.0", PORT, record -> record.with("device", 3));
    kernel.listen(0x12, CURL, "0.0.0.0", PORT, record -> record.with("device", 4));

    assertThat(owner(v4().device(3))).isEqualTo(NGINX.pid());
    assertThat(owner(v4().device(4))).isEqualTo(CURL.pid());
    assertThat(owner(v4())).isZero();

    // A link-local connection has a device although its listener has none.
    kernel.listen(0x13, NGINX_WORKER, "0.0.0.0", PORT);
    assertThat(owner(v4().device(5))).isEqualTo(NGINX_WORKER.pid());
  }

  /** The pass hands over a reading from before the end of the listener. */
  @Test
  void aListenerThatEndsDuringAPassIsRemoved() {
    kernel.listen(0x11, NGINX, "0.0.0.0", PORT);
    host.tracker.reconciler().begin(kernel.nowNs(), Provenance.INFERRED);
    kernel.unlisten(0x11, NGINX);
    kernel.listen(0x12, CURL, "0.0.0.0", PORT);
    listener(0x11, "0.0.0.0", PORT).found(NGINX, TCP_LISTEN);
    listener(0x12, "0.0.0.0", PORT).found(CURL, TCP_LISTEN);
    host.tracker.reconciler().finish(kernel.nowNs());

    assertThat(owner(v4())).isEqualTo(CURL.pid());
  }

  @Test
  void aReadingOfAnEarlierListenerDoesNotReplaceANewOneAtTheSameAddress() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 81);
    host.tracker.reconciler().begin(kernel.nowNs(), Provenance.INFERRED);
    long readNs = kernel.nowNs();
    kernel.unlisten(0x11, NGINX);
    kernel.listen(0x11, CURL, "0.0.0.0", PORT);
    listener(0x11, "0.0.0.0", 81).foundAt(readNs, NGINX, TCP_LISTEN);
    host.tracker.reconciler().finish(kernel.nowNs());

    assertThat(owner(v4())).isEqualTo(CURL.pid());
  }

  private FakeSocket listener(long sk, String address, int port) {
    return kernel.server(sk).local(address, port).peer("0.0.0.0", 0);
  }

  private void chosen(long sk, String address) {
    kernel
        .server(sk)
        .local(address, PORT)
        .peer(address.contains(":") ? "::" : "0.0.0.0", 0)
        .found(NOBODY, TCP_LISTEN);
  }

  @Test
  void aPortThatTheKernelChoosesIsLookedUpAtOnce() {
    List<Long> asked = new ArrayList<>();
    host.tracker.portsBy(
        sk -> {
          asked.add(sk);
          chosen(sk, "0.0.0.0");
        });
    kernel.listen(0x11, NGINX, "0.0.0.0", 0);
    host.tracker.askForPorts();

    assertThat(asked).containsExactly(0x11L);
    assertThat(owner(v4())).isEqualTo(NGINX.pid());
  }

  @Test
  void aPortThatIsNotYetKnownIsLookedUpAgain() {
    List<Long> asked = new ArrayList<>();
    host.tracker.portsBy(asked::add);
    kernel.listen(0x11, NGINX, "::", 0);
    kernel.listen(0x12, CURL, "::", 8080);
    host.tracker.askForPorts();
    kernel.unlisten(0x11, NGINX);
    host.tracker.askForPorts();

    assertThat(asked).containsOnly(0x11L).hasSizeGreaterThan(1);
    int before = asked.size();
    host.tracker.askForPorts();
    assertThat(asked).as("look-ups after the listener was closed").hasSize(before);
  }

  @Test
  void theOnlyListenerOfUnknownPortOwnsTheConnection() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 0);

    assertThat(owner(v6())).as("owner of an IPv6 connection").isZero();
    assertThat(owner(v4())).isEqualTo(NGINX.pid());
    assertThat(owner(v4().local("10.0.0.2", 81)))
        .as("owner of a connection to another port, now that the port is known")
        .isZero();
  }

  @Test
  void noneOfTwoListenersOfUnknownPortOwnsTheConnection() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 0);
    kernel.listen(0x12, CURL, "0.0.0.0", 0);

    assertThat(owner(v4())).isZero();
  }
}
