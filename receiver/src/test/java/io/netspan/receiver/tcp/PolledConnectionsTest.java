package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_CLOSE_WAIT;
import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LISTEN;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;
import static io.netspan.receiver.tcp.FakeProcess.CURL;
import static io.netspan.receiver.tcp.FakeProcess.NGINX;
import static io.netspan.receiver.tcp.FakeProcess.NOBODY;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The effect of polling, without the kernel programs, on the tracked connections. */
class PolledConnectionsTest {
  private static final long SECOND = 1_000_000_000;
  private static final PolledFacts CLIENT =
      new PolledFacts(0xc, 0, TCP_ESTABLISHED, CURL, false, 40_009, 443, 700, 70);
  private static final PolledFacts SERVER =
      new PolledFacts(0x5, 0, TCP_ESTABLISHED, NOBODY, false, 443, 40_009, 70, 700);
  private static final PolledFacts LISTENER =
      new PolledFacts(0x1, 0, TCP_LISTEN, NGINX, false, 443, 0, 0, 0);

  private final TrackedHost host = new TrackedHost();
  private final Reconciler reconciler = host.tracker.reconciler();
  private int looks;

  private int scan(PolledFacts... found) {
    looks++;
    reconciler.begin(looks * SECOND, Provenance.POLLED, /* atStart= */ looks == 1);
    for (PolledFacts facts : found) {
      reconciler.found(facts.at(looks * SECOND + 1));
    }
    return reconciler.finish(looks * SECOND + 2);
  }

  private void destroyed(PolledFacts last) {
    reconciler.destroyed(last.at(looks * SECOND + 500), looks * SECOND + 500);
  }

  @Test
  void aListenersProcessCanBeFoundLaterThanTheConnection() {
    PolledFacts ofNobody = new PolledFacts(0x1, 0, TCP_LISTEN, NOBODY, false, 443, 0, 0, 0);
    scan(SERVER, ofNobody);
    scan(SERVER, LISTENER);
    scan(SERVER, LISTENER);
    destroyed(SERVER);

    assertThat(host.closed()).containsExactly("server polled listener:" + NGINX.pid() + " unknown");
  }

  @Test
  void aConnectionThatTheNextPollDoesNotFindHasEnded() {
    scan();
    scan(CLIENT, SERVER, LISTENER);
    assertThat(scan(LISTENER)).isEqualTo(2);

    assertThat(host.closed())
        .containsExactlyInAnyOrder(
            "client polled descriptor:1001 unknown",
            "server polled listener:" + NGINX.pid() + " unknown");
    assertThat(host.tracker.endUnseen()).isEqualTo(2);
    assertThat(host.seen.closed)
        .allSatisfy(
            closed -> {
              assertThat(closed.openedNs()).isEqualTo(2 * SECOND + 1);
              assertThat(closed.closedNs()).isEqualTo(3 * SECOND + 2);
              assertThat(closed.identified()).isFalse();
            });
  }

  @Test
  void aDestroyedSocketEndsWithItsLastCounters() {
    scan(CLIENT);
    destroyed(CLIENT.sent(10_007));
    assertThat(scan()).isZero();

    Connection closed = host.onlyClosed();
    assertThat(TrackedHost.describe(closed)).isEqualTo("client polled descriptor:1001 unknown");
    assertThat(closed.bytesSent()).isEqualTo(10_007);
    assertThat(closed.closedNs()).isEqualTo(SECOND + 500);
    assertThat(host.tracker.ended()).isOne();
    assertThat(host.tracker.endUnseen()).isZero();
    assertThat(host.tracker.tracked()).isZero();
  }

  @Test
  void theLastStateDeterminesWhichEndClosedFirst() {
    scan(CLIENT.in(TCP_FIN_WAIT2), SERVER.in(TCP_CLOSE_WAIT), LISTENER);
    destroyed(CLIENT.in(TCP_FIN_WAIT2));
    destroyed(SERVER.in(TCP_CLOSE_WAIT));

    assertThat(host.seen.closed)
        .extracting(Connection::reason)
        .containsExactly(CloseReason.LOCAL_FIN, CloseReason.REMOTE_FIN);
  }

  @Test
  void aConnectionThatBeganAndEndedBetweenPollsIsReported() {
    scan(LISTENER);
    destroyed(CLIENT);
    destroyed(SERVER);

    assertThat(host.closed())
        .containsExactly(
            "client polled descriptor:1001 unknown",
            "server polled listener:" + NGINX.pid() + " unknown");
    assertThat(host.seen.opened).hasSize(2);
    assertThat(host.seen.closed).extracting(Connection::bytesSent).containsExactly(700L, 70L);
    assertThat(scan(LISTENER)).isZero();
  }

  @Test
  void bytesTransferredBeforeTheFirstPollAreNotInTheDeltas() {
    scan(CLIENT);
    destroyed(CLIENT.sent(10_007));

    Connection closed = host.onlyClosed();
    assertThat(closed.takeSent()).isEqualTo(10_007 - 700);
    assertThat(closed.takeReceived()).isZero();
  }

  @Test
  void theStateIsKnownFromTheFirstPoll() {
    scan(CLIENT, SERVER.in(TCP_CLOSE_WAIT));

    assertThat(host.seen.opened)
        .extracting(Connection::state)
        .containsExactlyInAnyOrder(ConnectionState.ESTABLISHED, ConnectionState.CLOSE_WAIT);
  }

  @Test
  void connectionsOfTheKernelProgramsContinueUnderTheKeysOfPolling() {
    FakeSocket client = client();
    client.open(CURL);
    client.established();
    assertThat(host.tracker.tracked()).isOne();

    looks = 9;
    reconciler.succeed();
    assertThat(scan(CLIENT, SERVER, LISTENER)).isZero();
    destroyed(CLIENT.sent(10_007));

    Connection closed = host.onlyClosed();
    assertThat(TrackedHost.describe(closed)).isEqualTo("client polled connect:1001 unknown");
    assertThat(closed.identified()).isTrue();
    assertThat(closed.bytesSent()).isEqualTo(10_007);
  }

  @Test
  void theOwnerStaysAlthoughProcRoundsItsStartTimeToTicks() {
    FakeProcess inProc =
        new FakeProcess(CURL.pid(), CURL.startTime() / 10_000_000 * 10_000_000, "curl");
    openedBeforePolling();
    PolledFacts polled =
        new PolledFacts(0xc, 0, TCP_ESTABLISHED, inProc, false, 40_009, 443, 700, 70);
    scan(polled);
    destroyed(polled);

    assertThat(inProc.startTime()).isNotEqualTo(CURL.startTime());
    Connection closed = host.onlyClosed();
    assertThat(closed.previousOwner()).isNull();
    assertThat(closed.ownerProvenance()).isEqualTo(OwnerProvenance.CONNECT);
    assertThat(closed.tid()).isEqualTo(host.seen.opened.getFirst().tid()).isNotZero();
  }

  /** A client that the kernel programs reported before polling takes over. */
  private void openedBeforePolling() {
    FakeSocket client = client();
    client.open(CURL);
    client.established();
    looks = 9;
    reconciler.succeed();
  }

  private FakeSocket client() {
    host.kernel.announce(CURL);
    return host.kernel
        .client(0xffff_8880_0000_0001L)
        .local("127.0.0.1", 40_009)
        .peer("127.0.0.1", 443);
  }

  @Test
  void aTrackedSocketThatIsDestroyedBeforeTheFirstPollIsReportedOnce() {
    openedBeforePolling();
    destroyed(CLIENT.sent(10_007));

    assertThat(TrackedHost.describe(host.onlyClosed()))
        .isEqualTo("client polled connect:1001 unknown");
    assertThat(host.tracker.tracked()).isZero();
    assertThat(scan()).isZero();
    assertThat(scan()).isZero();
    assertThat(host.seen.opened).hasSize(1);
  }

  @Test
  void aSocketOfAConnectionThatTheProgramsReportedIsTracked() {
    openedBeforePolling();

    assertThat(reconciler.tracks(CLIENT)).isTrue();
    assertThat(reconciler.tracks(SERVER)).isFalse();
    destroyed(CLIENT);
    assertThat(reconciler.tracks(CLIENT)).isFalse();
  }

  @Test
  void aConnectionThatTwoPollsDoNotFindHasEnded() {
    openedBeforePolling();

    assertThat(scan()).isZero();
    assertThat(host.tracker.tracked()).isOne();
    assertThat(scan()).isOne();
    assertThat(host.closed()).containsExactly("client inferred connect:1001 unknown");
  }

  @Test
  void aConnectionThatOnlyTheSecondPollFindsStaysTracked() {
    openedBeforePolling();

    assertThat(scan()).isZero();
    assertThat(scan(CLIENT)).isZero();
    assertThat(host.tracker.tracked()).isOne();
    assertThat(host.seen.opened).hasSize(1);
  }

  @Test
  void aConnectInProgressIsMatchedAlthoughItsLocalPortWasUnknown() {
    client().local("127.0.0.1", 0).open(CURL);
    looks = 9;
    reconciler.succeed();
    scan(CLIENT.in(TCP_SYN_SENT));
    destroyed(CLIENT.in(TCP_SYN_SENT));

    Connection closed = host.onlyClosed();
    assertThat(closed.localPort()).isEqualTo(40_009);
    assertThat(closed.ownerProvenance()).isEqualTo(OwnerProvenance.CONNECT);
    assertThat(host.seen.opened).hasSize(1);
  }
}
