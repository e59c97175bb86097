package io.netspan.receiver.tcp;

/** Decides which end of its connection a socket is, and lets the connection be known then. */
final class Sides {
  private final Listeners listeners;
  private final Owners owners;
  private final ConnectionListener listener;

  Sides(Listeners listeners, Owners owners, ConnectionListener listener) {
    this.listeners = listeners;
    this.owners = owners;
    this.listener = listener;
  }

  /**
   * Which end of its connection a socket is that was found open. Decided as late as possible,
   * because its listener may be found after it. In this order: whether a SYN is among what it has
   * sent, which is exact, and not known only while the stack has refused to send something; the
   * socket has a backlog, which a listener and its children have ({@code sk_max_ack_backlog}; after
   * {@code listen(fd, 0)} they have none), and a listener that was shut down and then connected;
   * somebody listens on its port; else it connected.
   */
  Role role(Connection connection) {
    if (connection.synsSent != Connection.UNKNOWN_SYNS) {
      return connection.synsSent == 0 ? Role.SERVER : Role.CLIENT;
    }
    return connection.accepted || listeners.owner(connection) != null ? Role.SERVER : Role.CLIENT;
  }

  /** Decides the role of a connection that a pass found, and reports it as open. */
  void settle(Connection connection) {
    if (connection.settled) {
      return;
    }
    connection.settle(role(connection));
    if (connection.role == Role.SERVER && !connection.owner.isKnown()) {
      owners.accepted(connection);
    }
    listener.opened(connection);
  }
}
