package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT1;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static io.netspan.receiver.tcp.FakeProcess.NGINX_WORKER;
import static io.netspan.receiver.tcp.FakeProcess.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.bpf.btf.Btf;
import io.netspan.receiver.wire.EventType;
import io.netspan.receiver.wire.WireRecord;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Subflows of MPTCP connections: the kernel joins and closes them, one process owns them all. */
final class SubflowsTest {
  private static final int TOKEN = 0x0bad_cafe;
  private static final int SIGKILL = 9;

  private final TrackedHost host = new TrackedHost();
  private final FakeKernel kernel = host.kernel;
  private final FakeSocket client = kernel.client(0xc);
  private final FakeSocket clientJoin = kernel.client(0xd).local("10.0.1.1", 40_002);
  private final FakeSocket server = kernel.server(0x5);
  private final FakeSocket serverJoin = kernel.server(0x6).peer("10.0.1.1", 40_002);

  /** Sends the closing event of the MPTCP socket itself. */
  private void closes(FakeProcess by, int signal) {
    kernel.send(
        EventType.TCP_CLOSING,
        WireRecord.of(EventType.TCP_CLOSING)
            .with("sk", 0xffff)
            .with("tgid", by.pid())
            .with("start_time", by.startTime())
            .with("newstate", TCP_FIN_WAIT1)
            .with("exit_signal", signal)
            .with("mptcp_token", TOKEN)
            .with("net_ns", FakeKernel.NETNS));
  }

  private void openBoth() {
    client.mptcp(TOKEN, Subflow.NONE).open(CURL);
    client.established();
    clientJoin.mptcp(TOKEN, Subflow.JOIN).open(NOBODY);
    clientJoin.established();
  }

  private void acceptBoth() {
    server.mptcp(TOKEN, Subflow.MASTER).established();
    serverJoin.mptcp(TOKEN, Subflow.JOIN).established();
  }

  private Connection closed(int index) {
    return host.seen.closed.get(index);
  }

  @Test
  void aJoinedSubflowIsOwnedByTheProcessThatConnected() {
    openBoth();
    clientJoin.close(TCP_FIN_WAIT2);
    client.mptcp(TOKEN, Subflow.MASTER).close(TCP_FIN_WAIT2);

    assertThat(host.closed())
        .containsExactly(
            "client live subflow:1001 local_fin", "client live connect:1001 local_fin");
    assertThat(closed(0).subflow()).isEqualTo(Subflow.JOIN);
    assertThat(closed(1).subflow()).isEqualTo(Subflow.MASTER);
    assertThat(closed(0).mptcpToken()).isEqualTo(TOKEN);
    assertThat(closed(1).mptcpToken()).isEqualTo(TOKEN);
  }

  @Test
  void aJoinedServerSubflowIsOwnedByTheListenerAndThenByTheProcessThatCloses() {
    kernel.listen(0x11, NGINX, "0.0.0.0", 80);
    acceptBoth();

    assertThat(host.seen.opened.getLast().owner().key().pid()).isEqualTo(NGINX.pid());
    closes(NGINX_WORKER, 0);
    serverJoin.close(TCP_LAST_ACK);
    server.close(TCP_LAST_ACK);
    assertThat(host.closed())
        .containsExactly("server live close:2003 remote_fin", "server live close:2003 remote_fin");
  }

  @Test
  void aClosingEventOfTheMptcpSocketCreatesNoConnection() {
    closes(CURL, 0);

    assertThat(host.tracker.tracked()).isZero();
    assertThat(host.seen.closed).isEmpty();
  }

  @Test
  void theProcessThatAcceptsOwnsSubflowsThatWereJoinedBefore() {
    acceptBoth();
    server.acceptedBy(NGINX_WORKER);
    serverJoin.close(TCP_ESTABLISHED, 104);

    assertThat(host.closed())
        .containsExactly("server live subflow:2003 remote_reset connection_reset");
  }

  @Test
  void aSubflowThatIsJoinedAfterTheFirstHasEndedHasTheSameOwner() {
    openBoth();
    client.mptcp(TOKEN, Subflow.MASTER).close(TCP_FIN_WAIT2);
    FakeSocket third = kernel.client(0xe).local("10.0.2.1", 40_003);
    third.mptcp(TOKEN, Subflow.JOIN).open(NOBODY);
    third.fails(111);

    assertThat(closed(1).owner().key().pid()).isEqualTo(CURL.pid());
  }

  @Test
  void aReusedTokenDoesNotInheritTheOwner() {
    openBoth();
    client.close(TCP_FIN_WAIT2);
    clientJoin.close(TCP_FIN_WAIT2);
    FakeSocket other = kernel.client(0xe).local("10.0.2.1", 40_003);
    other.mptcp(TOKEN, Subflow.JOIN).open(NOBODY);
    other.fails(111);

    assertThat(closed(2).owner().isKnown()).isFalse();
  }

  @Test
  void theSameTokenInAnotherNamespaceIsADifferentConnection() {
    openBoth();
    FakeSocket other = kernel.client(0xe).netns(9).mptcp(TOKEN, Subflow.JOIN);
    other.open(NOBODY);
    other.fails(111);

    assertThat(closed(0).owner().isKnown()).isFalse();
  }

  @Test
  void aConnectionThatFellBackToTcpHasNoSubflow() {
    client.mptcp(TOKEN, Subflow.NONE).open(CURL);
    client.established();
    closes(CURL, 0);
    client.close(TCP_FIN_WAIT2);

    assertThat(host.closed()).containsExactly("client live connect:1001 local_fin");
    assertThat(closed(0).subflow()).isEqualTo(Subflow.NONE);
  }

  @Test
  void allSubflowsOfAKilledProcessEndWithKilled() {
    openBoth();
    closes(CURL, SIGKILL);
    client.closesFirst(NOBODY);
    clientJoin.closesFirst(NOBODY);
    client.close(TCP_FIN_WAIT2);
    clientJoin.close(TCP_FIN_WAIT2);

    assertThat(host.seen.closed)
        .extracting(Connection::reason)
        .containsExactly(CloseReason.KILLED, CloseReason.KILLED);
  }

  @Test
  void subflowNumbersMatchTheCEnum() throws IOException {
    Map<String, Long> numbers;
    try (InputStream object =
        SubflowsTest.class.getResourceAsStream("/io/netspan/bpf/object/netspan.bpf.o")) {
      numbers =
          Btf.of(Objects.requireNonNull(object).readAllBytes()).enumerators("netspan_subflow");
    }

    assertThat(numbers).hasSize(Subflow.values().length);
    numbers.forEach(
        (name, number) ->
            assertThat("SUBFLOW_" + Subflow.of(number.intValue()).name()).isEqualTo(name));
  }
}
