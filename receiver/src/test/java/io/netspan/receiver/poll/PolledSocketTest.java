package io.netspan.receiver.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.linux.sockdiag.DiagSocket;
import io.netspan.linux.sockdiag.TcpInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values derived from the kernel's counters, in which SYN and FIN count as one byte each. */
final class PolledSocketTest {
  private static final int NETNS = 0xf000_0001;
  private static final int ESTABLISHED = 1;
  private static final int FIN_WAIT1 = 4;
  private static final int CLOSE = 7;
  private static final int CLOSE_WAIT = 8;
  private static final long MS = 1_000_000;
  private static final int CLIENT_PORT = 40_009;
  private static final int SERVER_PORT = 443;

  private static DiagSocket socket(
      int state, int localPort, int peerPort, @org.jspecify.annotations.Nullable TcpInfo info) {
    return new DiagSocket(
        DiagSocket.AF_INET,
        /* ipv6= */ false,
        state,
        /* timer= */ 0,
        /* cookie= */ 7,
        localPort,
        peerPort,
        1,
        0,
        2,
        0,
        /* v6Only= */ false,
        /* device= */ 0,
        0,
        0,
        /* inode= */ 11,
        info,
        null);
  }

  /** The payload sent is 1,009 bytes, of which 9 were retransmitted. */
  private static TcpInfo info(int controls, long received, int dataSegsIn) {
    return new TcpInfo(
        500, 400, 30, 20, 1, 1_000 + controls, received, 11, 12, dataSegsIn, 0, 1_009, 9);
  }

  private static DiagSocket client(int state, int controls, long received, int dataSegsIn) {
    return socket(state, CLIENT_PORT, SERVER_PORT, info(controls, received, dataSegsIn));
  }

  private static DiagSocket server(int state, int controls, long received, int dataSegsIn) {
    return socket(state, SERVER_PORT, CLIENT_PORT, info(controls, received, dataSegsIn));
  }

  private static PolledSocket seen(DiagSocket socket) {
    PolledSocket polled = new PolledSocket(NETNS, socket);
    polled.seen(socket, 1_000 * MS, 1);
    return polled;
  }

  private static PolledSocket destroyed(DiagSocket last) {
    PolledSocket polled = new PolledSocket(NETNS, last);
    polled.destroyed(last, 2_000 * MS);
    return polled;
  }

  @Test
  void payloadSentIsCountedOnce() {
    assertThat(seen(client(ESTABLISHED, 1, 0, 0)).payloadSent(1)).isEqualTo(1_000);
  }

  @ParameterizedTest
  @CsvSource({"1, 501", "4, 501", "5, 501", "8, 500", "9, 500", "11, 500"})
  void aReceivedFinIsNotCountedAsPayload(int state, long payload) {
    assertThat(seen(client(state, 1, 501, 3)).payloadReceived()).isEqualTo(payload);
  }

  @Test
  void anAcknowledgedSynIdentifiesTheClient() {
    assertThat(seen(client(ESTABLISHED, 1, 0, 0)).isAccepted()).isFalse();
    assertThat(seen(server(ESTABLISHED, 0, 0, 0)).isAccepted()).isTrue();
    assertThat(seen(server(CLOSE_WAIT, 0, 1, 0)).isAccepted()).isTrue();
    assertThat(seen(server(FIN_WAIT1, 0, 1, 0)).isAccepted())
        .as("accepted, although a FIN may be the acknowledged byte")
        .isFalse();
  }

  @Test
  void payloadThatTheStackRefusedToSendLeavesTheSideUnknown() {
    PolledSocket refused = seen(client(ESTABLISHED, -500, 0, 0));

    assertThat(refused.isAccepted()).isFalse();
    assertThat(refused.synsSent()).isEqualTo(-1);
    assertThat(refused.payloadSent(1))
        .as("500 bytes acknowledged, including the SYN")
        .isEqualTo(499);
  }

  @ParameterizedTest
  @CsvSource({
    "2, 40009, 443, false",
    "2, 443, 40009, false",
    "1, 443, 40009, true",
    "1, 40009, 443, false",
    "0, 40009, 443, true",
  })
  void theSideOfAConnectionBetweenPollsFollowsFromItsControlsAndPorts(
      int controls, int localPort, int peerPort, boolean accepted) {
    DiagSocket last = socket(CLOSE, localPort, peerPort, info(controls, 501, 3));

    assertThat(destroyed(last).isAccepted()).isEqualTo(accepted);
  }

  @Test
  void aSocketThatWasNeverEstablishedIsNotAccepted() {
    TcpInfo nothing = new TcpInfo(500, 400, 0, -1, 0, 0, 0, 1, 1, 0, 0, 0, 0);

    assertThat(destroyed(socket(CLOSE, CLIENT_PORT, SERVER_PORT, nothing)).isAccepted()).isFalse();
    assertThat(destroyed(socket(CLOSE, SERVER_PORT, CLIENT_PORT, nothing)).isAccepted()).isFalse();
  }

  @Test
  void withoutASegmentWithPayloadThePayloadIsUnchanged() {
    PolledSocket client = seen(client(ESTABLISHED, 1, 500, 3));

    client.destroyed(client(CLOSE, 1, 501, 3), 2_000 * MS);

    assertThat(client.payloadReceived()).isEqualTo(500);
    assertThat(client.state()).as("last open state").isEqualTo(ESTABLISHED);
    assertThat(client.timeNs()).isEqualTo(2_000 * MS);
  }

  @Test
  void payloadSinceTheLastPollIsDistinguishedFromAFin() {
    PolledSocket inOrder = seen(client(ESTABLISHED, 1, 500, 3));
    inOrder.destroyed(client(CLOSE, 2, 601, 4), 2_000 * MS);
    PolledSocket reset = seen(client(ESTABLISHED, 1, 500, 3));
    reset.destroyed(client(CLOSE, 1, 600, 4), 2_000 * MS);

    assertThat(inOrder.payloadReceived()).isEqualTo(600);
    assertThat(reset.payloadReceived()).isEqualTo(600);
  }

  @Test
  void aLocalResetKeepsTheLastPeerAndCounters() {
    PolledSocket reset = seen(client(ESTABLISHED, 1, 700, 3));
    reset.destroyed(
        socket(CLOSE, CLIENT_PORT, 0, new TcpInfo(0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
        2_000 * MS);
    assertThat(reset.peerPort()).isEqualTo(SERVER_PORT);
    assertThat(reset.payloadSent(1)).isEqualTo(1_000);
    assertThat(reset.payloadReceived()).isEqualTo(700);
    assertThat(reset.timeNs()).isEqualTo(2_000 * MS);
  }

  @Test
  void aConnectionBetweenPollsHasItsPayloadWithoutTheFin() {
    assertThat(destroyed(client(CLOSE, 2, 1, 0)).payloadReceived()).isZero();
    assertThat(destroyed(server(CLOSE, 1, 6, 1)).payloadReceived()).isEqualTo(5);
  }

  @Test
  void theBeginningIsBoundedByTheLastPollAndByTheIdleTime() {
    PolledSocket quiet = seen(client(ESTABLISHED, 1, 0, 0));
    quiet.beginsAfter(300 * MS);
    PolledSocket recent = seen(client(ESTABLISHED, 1, 0, 0));
    recent.beginsAfter(900 * MS);

    assertThat(quiet.timeNs()).isEqualTo(500 * MS);
    assertThat(recent.timeNs()).isEqualTo(900 * MS);
  }

  @Test
  void aConnectionThatWasNeverEstablishedIsNotAsOldAsTheMachine() {
    TcpInfo refused = new TcpInfo(500, 400, 0, -1, 0, 0, 0, 1, 1, 0, 0, 0, 0);
    PolledSocket first = seen(socket(CLOSE, CLIENT_PORT, SERVER_PORT, refused));
    first.beginsAfter(0);
    PolledSocket later = seen(socket(CLOSE, CLIENT_PORT, SERVER_PORT, refused));
    later.beginsAfter(900 * MS);

    assertThat(first.timeNs()).isEqualTo(1_000 * MS);
    assertThat(later.timeNs()).isEqualTo(900 * MS);
  }

  @Test
  void anEstablishedConnectionIsQuietSinceItsLastActivity() {
    PolledSocket active = destroyed(client(CLOSE, 1, 700, 3)); // 400 ms ago, at 1,600 ms
    PolledSocket neverEstablished =
        destroyed(
            socket(
                CLOSE,
                CLIENT_PORT,
                SERVER_PORT,
                new TcpInfo(500, 400, 0, -1, 0, 0, 0, 1, 1, 0, 0, 0, 0)));
    PolledSocket withoutNumbers = destroyed(socket(CLOSE, CLIENT_PORT, SERVER_PORT, null));

    assertThat(active.isQuietSince(1_621 * MS)).isTrue();
    assertThat(active.isQuietSince(1_620 * MS)).as("within the resolution").isFalse();
    assertThat(active.isQuietSince(0)).as("before the first scan").isFalse();
    assertThat(neverEstablished.isQuietSince(1_900 * MS)).isFalse();
    assertThat(withoutNumbers.isQuietSince(1_900 * MS)).isFalse();
  }

  @Test
  void valuesThatAnOlderKernelDoesNotReportAreZeroOrUnknown() {
    TcpInfo old = new TcpInfo(0, 0, 30, -1, 0, 1_001, 501, -1, -1, -1, -1, -1, -1);
    PolledSocket socket = seen(socket(ESTABLISHED, SERVER_PORT, CLIENT_PORT, old));

    assertThat(socket.isAccepted()).isFalse();
    assertThat(socket.payloadSent(1)).isEqualTo(1_001);
    assertThat(socket.segsIn()).isZero();
    assertThat(socket.leastRttUs()).isZero();
    assertThat(seen(socket(ESTABLISHED, 1, 2, null)).payloadReceived()).isZero();
  }

  @Test
  void keysDifferBetweenNamespaces() {
    assertThat(PolledSocket.key(NETNS, 7)).isNotEqualTo(PolledSocket.key(NETNS + 1, 7));
  }
}
