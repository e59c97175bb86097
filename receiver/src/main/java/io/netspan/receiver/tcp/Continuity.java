package io.netspan.receiver.tcp;

import static io.netspan.receiver.net.TcpState.TCP_SYN_RECV;
import static io.netspan.receiver.net.TcpState.TCP_SYN_SENT;

import io.netspan.receiver.wire.TcpCloseEvent;
import io.netspan.receiver.wire.TcpEstablishedEvent;

/** Decides whether an event belongs to the connection that is known for its socket. */
final class Continuity {
  private Continuity() {}

  /**
   * Whether the connection was accepted before it was established; with TCP Fast Open, accept()
   * returns before the handshake is complete.
   */
  static boolean isEarlyAccept(Connection connection) {
    return connection.isOnlyOwnerKnown() && connection.ownerProvenance == OwnerProvenance.ACCEPT;
  }

  /**
   * Whether the event can be the next one of this connection. If not, the end of the connection was
   * lost and the address belongs to another socket now. (A client passes SYN_RECV too, when both
   * ends connect at once.)
   */
  static boolean isFollowedBy(Connection connection, TcpEstablishedEvent event) {
    return connection.state == ConnectionState.SYN_SENT
        && !connection.isOnlyOwnerKnown()
        && (event.oldstate() == TCP_SYN_SENT || !event.isAccepted())
        && connection.isBetween(event);
  }

  /**
   * Whether this is the end of a later connection between the same ends: the identity pair never
   * changes.
   */
  static boolean contradicts(Connection connection, TcpCloseEvent event) {
    return connection.identityExact
        && (event.oldstate() == TCP_SYN_SENT
            || connection.pair
                != ConnectionIdentity.pair(connection.role, event.localIsn(), event.remoteIsn()));
  }

  /**
   * Whether the event of the step to ESTABLISHED was lost. Then the connection was not seen
   * completely; and since a client's port is unknown when it opens, the known beginning can even be
   * that of an earlier connection of this address to the same server.
   */
  static boolean isEstablishedLost(Connection connection, TcpCloseEvent event) {
    return connection.provenance == Provenance.LIVE
        && connection.establishedNs == Connection.UNKNOWN_TIME
        && event.oldstate() != TCP_SYN_SENT
        && event.oldstate() != TCP_SYN_RECV;
  }
}
