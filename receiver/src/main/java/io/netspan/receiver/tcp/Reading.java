package io.netspan.receiver.tcp;

import io.netspan.receiver.net.SocketFacts;
import io.netspan.receiver.net.TcpState;

/** Takes what a pass has read of a socket into its connection. */
final class Reading {
  private Reading() {}

  /** Takes a process that has a descriptor; 0: none is known. */
  static void held(Connection connection, int tgid, long startTime) {
    if (tgid == 0) {
      return;
    }
    if (connection.owner.key().isSame(tgid, startTime)) {
      connection.heldByOwner = true;
    } else {
      connection.heldBy(tgid, startTime);
    }
  }

  static void take(Connection connection, SocketFacts facts) {
    if (facts.timeNs() > connection.lastEventNs) {
      connection.state = connection.state.then(ConnectionState.of(facts.state()));
    }
    connection.accepted |= facts.isAccepted();
    if (connection.localPort == 0) {
      connection.setEnds(facts);
    }
    if (facts.hasIsns() && facts.state() != TcpState.TCP_SYN_SENT && !connection.identityExact) {
      connection.identify(facts.localIsn(), facts.remoteIsn(), /* exact= */ false);
    }
    takeSyns(connection, facts);
    connection.totalsKnown = true;
    connection.bytesSent =
        Math.max(connection.bytesSent, facts.payloadSent(connection.synsCounted()));
    connection.bytesReceived = Math.max(connection.bytesReceived, facts.payloadReceived());
    if (facts.quietNs() >= 0) {
      connection.lastPayloadNs = facts.timeNs() - facts.quietNs();
    }
    connection.segmentsSent = facts.segsOut();
    connection.segmentsReceived = facts.segsIn();
    connection.retransmits = Math.max(connection.retransmits, facts.totalRetrans());
    connection.srttUs = facts.smoothedRttUs();
    connection.setRttMin(facts.leastRttUs());
  }

  /** Takes how many SYNs the socket has sent, unless that is known. */
  static void takeSyns(Connection connection, SocketFacts facts) {
    if (connection.synsSent == Connection.UNKNOWN_SYNS) {
      connection.synsSent = facts.state() == TcpState.TCP_SYN_SENT ? 1 : facts.synsSent();
    }
  }
}
