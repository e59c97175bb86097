package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_CLOSE_WAIT;
import static io.netspan.receiver.net.TcpState.TCP_ESTABLISHED;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT1;
import static io.netspan.receiver.net.TcpState.TCP_FIN_WAIT2;
import static io.netspan.receiver.net.TcpState.TCP_LAST_ACK;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Close reasons that the error on the socket does not determine on its own. */
class EndingTest {
  private static final int ECONNRESET = 104;
  private static final int EHOSTUNREACH = 113;

  private final TrackedHost host = new TrackedHost();
  private final FakeProcess curl = new FakeProcess(1_001, 500, "curl");
  private final FakeSocket client = host.kernel.client(0x10);

  private void opened() {
    client.open(curl);
    client.established();
  }

  private Connection closed() {
    host.tracker.reportEnds(Long.MAX_VALUE);
    return host.onlyClosed();
  }

  @ParameterizedTest
  @ValueSource(ints = {TCP_FIN_WAIT1, TCP_FIN_WAIT2})
  void aResetThatOurKernelSentAfterCloseIsNotARemoteReset(int state) {
    opened();
    client.closesFirst(curl);
    client.close(state, ECONNRESET);
    client.sendsReset();

    Connection c = host.onlyClosed();
    assertThat(c.reason()).isEqualTo(CloseReason.LOCAL_FIN);
    assertThat(c.error()).isEqualTo(ConnectionError.NONE);
  }

  @Test
  void aResetThatOurKernelDidNotSendAfterCloseIsARemoteReset() {
    opened();
    client.closesFirst(curl);
    client.close(TCP_FIN_WAIT2, ECONNRESET);
    assertThat(host.seen.closed).as("reported before the reset event could arrive").isEmpty();

    Connection c = closed();
    assertThat(c.reason()).isEqualTo(CloseReason.REMOTE_RESET);
    assertThat(c.error()).isEqualTo(ConnectionError.CONNECTION_RESET);
  }

  @Test
  void anEndWaitsForTheResetEventNoLongerThanTwentyMilliseconds() {
    opened();
    client.closesFirst(curl);
    client.close(TCP_FIN_WAIT2, ECONNRESET);
    long closedNs = host.kernel.nowNs();

    host.tracker.reportEnds(closedNs + 19_000_000);
    assertThat(host.seen.closed).isEmpty();
    host.tracker.reportEnds(closedNs + 21_000_000);
    assertThat(host.seen.closed).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {TCP_ESTABLISHED, TCP_CLOSE_WAIT, TCP_LAST_ACK})
  void aResetInAnOpenStateIsReportedAtOnce(int state) {
    opened();
    client.close(state, ECONNRESET);

    assertThat(host.onlyClosed().reason()).isEqualTo(CloseReason.REMOTE_RESET);
  }

  @Test
  void aPendingIcmpErrorIsNotTheReasonOfAnOrderlyClose() {
    opened();
    client.close(TCP_LAST_ACK, EHOSTUNREACH);

    Connection c = host.onlyClosed();
    assertThat(c.reason()).isEqualTo(CloseReason.REMOTE_FIN);
    assertThat(c.error()).isEqualTo(ConnectionError.NONE);
  }

  @Test
  void anIcmpErrorIsTheReasonWhenTheRetransmissionTimerGaveUp() {
    opened();
    client.close(TCP_ESTABLISHED, EHOSTUNREACH, r -> r.with("sk_err_soft", EHOSTUNREACH));

    Connection c = host.onlyClosed();
    assertThat(c.reason()).isEqualTo(CloseReason.UNREACHABLE);
    assertThat(c.error()).isEqualTo(ConnectionError.HOST_UNREACHABLE);
  }

  @Test
  void aConnectionInRepairModeEndsWithRepair() {
    opened();
    client.close(TCP_ESTABLISHED, 0, r -> r.with("repair", 1));

    assertThat(host.onlyClosed().reason()).isEqualTo(CloseReason.REPAIR);
  }

  @Test
  void payloadThatTheStackRefusedToSendIsCountedOnce() {
    opened();
    client.close(
        TCP_ESTABLISHED,
        ECONNRESET,
        r -> r.with("bytes_sent", 28_448).with("bytes_acked", 4_001).with("unacked", 1_000));

    assertThat(host.onlyClosed().bytesSent()).isEqualTo(5_000);
  }

  @Test
  void theRoundTripTimeOfAnEarlierConnectionOfTheSocketIsNotReported() {
    client.openAgain(curl, 90);
    client.established();
    client.close(TCP_LAST_ACK);

    assertThat(host.onlyClosed().rttMinUs()).isZero();
  }

  @Test
  void aFastOpenServerThatClosesBeforeTheHandshakeIsCompleteIsReportedAsLive() {
    FakeProcess server = new FakeProcess(1_002, 600, "server");
    FakeSocket child = host.kernel.server(0x20);
    child.establishedEarly(40);
    child.closesFirst(server);
    child.close(TCP_FIN_WAIT2);

    Connection c = host.onlyClosed();
    assertThat(c.provenance()).isEqualTo(Provenance.LIVE);
    assertThat(c.role()).isEqualTo(Role.SERVER);
    assertThat(c.openedNs()).isLessThan(c.establishedNs());
    assertThat(c.handshakeNs()).isZero();
    assertThat(host.tracker.beginningUnseen()).isZero();
    assertThat(host.tracker.stepsUnseen()).isZero();
  }

  @Test
  void anAcknowledgedSynMakesAConnectionThatIsFoundOpenAClient() {
    FakeProcess server = new FakeProcess(1_002, 600, "server");
    FakeSocket both = host.kernel.client(0x20);
    host.tracker.reconciler().begin(host.kernel.nowNs(), Provenance.BACKFILLED);
    both.found(server, TCP_ESTABLISHED, r -> both.sent(r, 10).with("accepted", 1));
    host.tracker.reconciler().finish(host.kernel.nowNs());

    assertThat(host.seen.opened)
        .singleElement()
        .satisfies(c -> assertThat(c.role()).isEqualTo(Role.CLIENT));
  }
}
