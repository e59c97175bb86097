package io.netspan.receiver.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.netspan.enrich.ProcessKey;
import io.netspan.linux.sockdiag.DiagSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An agent, pid 7, that exports to 10.0.0.1:4317. */
final class OwnConnectionsTest {
  private static final int SELF = 7;
  private static final int NETNS = 3;
  private static final int PORT = 4_317;
  private static final int ESTABLISHED = 1;
  private static final long HERE = 0x0a00_0001_0000_0000L;
  private static final long ELSEWHERE = 0x0a00_0002_0000_0000L;

  private final OwnConnections own = own(SELF);
  private long cookie;

  private static OwnConnections own(int self) {
    InetAddress address = InetAddress.ofLiteral("10.0.0.1");
    return new OwnConnections(self, NETNS, List.of(new InetSocketAddress(address, PORT)));
  }

  private PolledSocket socket(long local, int localPort, long peer, int peerPort, int... holders) {
    DiagSocket holder =
        new DiagSocket(
            DiagSocket.AF_INET,
            /* ipv6= */ false,
            ESTABLISHED,
            /* timer= */ 0,
            ++cookie,
            localPort,
            peerPort,
            local,
            /* localLow= */ 0,
            peer,
            /* peerLow= */ 0,
            /* v6Only= */ false,
            /* device= */ 0,
            /* unread= */ 0,
            /* unacked= */ 0,
            /* inode= */ cookie,
            null,
            null);
    PolledSocket socket = new PolledSocket(NETNS, holder);
    socket.holders(Arrays.stream(holders).mapToObj(pid -> new ProcessKey(pid, 1)).toList());
    return socket;
  }

  private List<Boolean> marked(PolledSocket... sockets) {
    own.mark(List.of(sockets));
    return Arrays.stream(sockets).map(PolledSocket::own).toList();
  }

  @Test
  void bothEndsOfConnectionsThatTheAgentHoldsAreItsOwn() {
    assertThat(
            marked(
                socket(HERE, 40_001, ELSEWHERE, 53, SELF),
                socket(HERE, 40_003, HERE, PORT, SELF),
                socket(HERE, PORT, HERE, 40_003, 11),
                socket(HERE, 40_005, HERE, PORT, 13),
                socket(HERE, PORT, HERE, 40_005, 11)))
        .containsExactly(true, true, true, false, false);
  }

  @Test
  void aConnectionToTheBackendWithoutAHolderIsTheAgentsOwn() {
    assertThat(
            marked(
                socket(HERE, 40_001, HERE, PORT),
                socket(HERE, PORT, HERE, 40_001, 11),
                socket(HERE, 40_003, ELSEWHERE, PORT)))
        .containsExactly(true, true, false);
  }

  @Test
  void theBackendsEndOfAConnectionWhoseOtherEndIsGoneIsTheAgentsOwn() {
    assertThat(
            marked(socket(HERE, PORT, HERE, 40_001, 11), socket(HERE, PORT, ELSEWHERE, 40_001, 11)))
        .containsExactly(true, false);
  }

  @Test
  void connectionsThatBeganAndEndedBetweenPollsAreRecognised() {
    assertThat(own.contain(socket(HERE, 40_001, HERE, PORT))).isTrue();
    assertThat(own.contain(socket(HERE, PORT, HERE, 40_001))).isTrue();
    assertThat(own.contain(socket(HERE, PORT, ELSEWHERE, 40_001))).isFalse();
    assertThat(own.contain(socket(HERE, 40_001, HERE, 443))).isFalse();
    assertThat(own.contain(socket(HERE, 40_001, HERE, PORT, 13))).isFalse();
  }

  @Test
  void aConnectionThatWasReportedAsOpenIsNotOmitted() {
    PolledSocket known = socket(HERE, 40_001, HERE, PORT, SELF);
    known.known(true);

    assertThat(marked(known)).containsExactly(false);
  }

  @Test
  void nothingIsOmittedWithIncludeSelf() {
    OwnConnections nobody = own(0);
    PolledSocket socket = socket(HERE, 40_001, HERE, PORT, SELF);
    nobody.mark(List.of(socket));

    assertThat(socket.own()).isFalse();
    assertThat(nobody.contain(socket(HERE, 40_001, HERE, PORT))).isFalse();
  }
}
